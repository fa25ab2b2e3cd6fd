"""Just enough English for rules that depend on words. Texts in other languages get none of them."""

import re


def _set(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


#: words that the other languages of our schools do not share, common in goals
_MARKS = _set(
    """the of and to with that this their they are by from each every how what who which when where
    my our more at for least teacher teachers student students pupil pupils learner learners child
    children lesson lessons reading writing learning teaching class classes improve improving
    increase better growth skills questions week year understanding work be have not should would
    make makes done homework because through during while about than them these those"""
)
_WORD = re.compile(r"[^\W\d_]+")
#: one in so many words is a mark
_SHARE = 5

#: what is wished for, and the small words between: they do not say what it would look like
_EMPTY = _set(
    """a an the my our your his her their its i we you they it to of in on for with and or at by as
    be is are am will ll would want wants hope try trying work working focus focusing continue
    continuing become becoming get getting make making do doing have has use using this that more
    most better best well good great strong stronger effective effectively successful successfully
    improve improves improving improved improvement increase increases increasing enhance enhancing
    grow grows growing growth develop develops developing strengthen strengthening build building
    support supporting learn learns learning teach teaching teacher teachers student students pupils
    children class classroom instruction practice practices skill skills engagement achievement
    performance success outcomes year school"""
)
_SELF = _set("i my me myself we our us ourselves")
_STUDENTS = _set(
    """student students pupil pupils learner learners child children kid kids scholar scholars
    reader readers writer writers mathematician mathematicians musician musicians artist artists
    singer singers choir band orchestra dancer dancers player players athlete athletes everyone
    grader graders freshman freshmen sophomore sophomores junior juniors senior seniors
    kindergartner kindergartners kindergartener kindergarteners preschooler preschoolers newcomer
    newcomers scientist scientists class classes cohort group groups"""
)
_TEACHERS = _set("teacher teachers lead leads team staff colleague colleagues")


def words(text: str | None) -> list[str]:
    """The words of a text in small letters; none, when it is not recognisably English."""
    found = [word.lower() for word in _WORD.findall(text or "")]
    marks = sum(word in _MARKS for word in found)
    return found if marks and marks * _SHARE >= len(found) else []


def contentful(found: list[str]) -> set[str]:
    """The words that say something beyond a wish."""
    return {word for word in found if word not in _EMPTY}


def of_oneself(found: list[str]) -> bool:
    """Whether the writer is named."""
    return not _SELF.isdisjoint(found)


def of_students(found: list[str]) -> bool:
    """Whether students are named, under any of their names."""
    return not _STUDENTS.isdisjoint(found)


def of_teachers(found: list[str]) -> bool:
    """Whether teachers or the writer are named."""
    return of_oneself(found) or not _TEACHERS.isdisjoint(found)
