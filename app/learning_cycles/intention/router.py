"""The routers of a cycle's intention, in the order of the documentation."""

from app.learning_cycles.intention.candidates.router import router as candidates
from app.learning_cycles.intention.data.router import router as data
from app.learning_cycles.intention.rankings.router import router as rankings
from app.learning_cycles.intention.success.router import router as success

routers = (data, candidates, rankings, success)
