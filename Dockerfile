# Alongside. Every RUN is a script that can be tried without building an image.
FROM python:3.11-slim-bookworm AS packages
WORKDIR /srv/alongside
COPY requirements/runtime.txt requirements/
COPY scripts/image-packages.sh scripts/
RUN sh scripts/image-packages.sh /srv/alongside/.venv requirements/runtime.txt

FROM python:3.11-slim-bookworm
WORKDIR /srv/alongside
COPY scripts/image-user.sh scripts/healthcheck.py scripts/
RUN sh scripts/image-user.sh
COPY --from=packages /srv/alongside/.venv .venv
COPY pyproject.toml alembic.ini ./
COPY migrations migrations
COPY openapi openapi
COPY app app

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ALONGSIDE_DATA_DIR=/var/lib/alongside
USER 10001:10001
# only the demo keeps anything here: with DATABASE_URL the container can be read-only
VOLUME /var/lib/alongside
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
    CMD ["/srv/alongside/.venv/bin/python", "-I", "scripts/healthcheck.py", "8000"]
ENTRYPOINT ["/srv/alongside/.venv/bin/python", "-m", "app.cli"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
