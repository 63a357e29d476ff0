"""`create_app`: the server as an ASGI application, without an address."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from importlib.metadata import version

from fastapi import FastAPI

from lexiscope.serve.ahead import making_ahead
from lexiscope.serve.chat.routes import router as chat
from lexiscope.serve.dicomweb.routes import router as dicomweb
from lexiscope.serve.documented import Documented
from lexiscope.serve.own_folder import remove_own
from lexiscope.serve.problems import handle_problems
from lexiscope.serve.quiet import QuietMiddleware
from lexiscope.serve.routes import page, routers
from lexiscope.serve.security import protect
from lexiscope.serve.site import Site

PREFIX = "/api/v1"


def create_app(site: Site, *, on_ready: Callable[[], None] | None = None, ahead: bool = False) -> FastAPI:
    """The application over a site; its start opens the models, its end lets go of them.

    Args:
        on_ready: Called once all models are open.
        ahead: From then on, while nobody asks for anything, make the pictures of the grid and look at cases.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            await site.crew.start()
            if on_ready is not None:
                on_ready()
            if ahead and site.looks.is_possible:
                site.looks.begin()
            async with making_ahead(site) if ahead else nullcontext():
                yield
        finally:
            await site.jobs.close()
            await site.crew.close(drain_s=site.config.drain_s)
            if site.config.audit_log is not None:
                app.state.audit.close()
            remove_own(site.folder)

    app = Documented(
        title="lexiscope",
        version=version("lexiscope"),
        description="Search, classify, caption, ask, segment and interpret. Research use, not for diagnosis.",
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,  # both load their scripts from another host
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.site = site
    for router in routers():
        app.include_router(router, prefix=PREFIX)
    app.include_router(dicomweb)
    app.include_router(chat)
    app.include_router(page.router)  # last: it answers every address that nobody else does
    handle_problems(app)
    protect(app, site.config)
    app.add_middleware(QuietMiddleware, quiet=site.quiet)
    return app
