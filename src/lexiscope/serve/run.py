"""`serve`: open models and a corpus, and answer until told to stop."""

import sys
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lexiscope.core.errors import UsageError
from lexiscope.serve.config import ServeConfig
from lexiscope.serve.dicomweb.store import check_address
from lexiscope.serve.listening import allow_many_connections, listen

if TYPE_CHECKING:
    from lexiscope.serve.jobs import Jobs

_KEEP_ALIVE_S = 75  # a reader looks at a case before asking again, and browsers keep a connection for a minute


def serve(
    models: Sequence[Path | str],
    *,
    corpus: Path | str | None = None,
    config: ServeConfig | None = None,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve models until SIGINT or SIGTERM; calls in flight are answered first.

    Args:
        models: Model directories; each is served under the name of its directory.
        corpus: Corpus that cases are looked up in; without one, only uploads can be asked about.
        config: Where and for whom.
        on_ready: Called with the address once all models are open.

    Raises:
        UsageError: an address that is not loopback without a token, or a port that is taken.
        ModelError: a directory that holds no model.
        CorpusError: no corpus there.
    """
    import uvicorn

    from lexiscope.serve.app import create_app
    from lexiscope.serve.security.heads import HeadLimitedProtocol
    from lexiscope.serve.site import Site

    config = config or ServeConfig()
    require_safe(config)
    allow_many_connections()
    with listen(config.host, config.port) as listening:
        site = Site.open(models, corpus=corpus, config=config)
        address = _address(config, listening.getsockname()[1])
        app = create_app(site, on_ready=None if on_ready is None else lambda: on_ready(address), ahead=True)
        settings = uvicorn.Config(
            app,
            http=HeadLimitedProtocol,
            log_level="warning",
            access_log=False,  # paths hold ids of cases
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
            proxy_headers=False,  # whoever asks may write there what they like
            ws="none",
            ssl_certfile=config.tls_certificate,
            ssl_keyfile=config.tls_key,
            timeout_graceful_shutdown=int(config.drain_s) + 1,
        )
        server = _draining(uvicorn.Server)(settings, site.jobs)
        server.run(sockets=[listening])
    if not server.started:
        sys.exit(1)  # uvicorn has logged why a model could not be opened


def _draining(kind: Any) -> Any:
    """A server that ends its jobs first: those who listen to one would keep it from ending."""

    class Draining(kind):  # type: ignore[misc]
        def __init__(self, settings: Any, jobs: "Jobs") -> None:
            super().__init__(settings)
            self._jobs = jobs

        async def shutdown(self, sockets: Any = None) -> None:
            await self._jobs.close()
            await super().shutdown(sockets)

    return Draining


def require_safe(config: ServeConfig) -> None:
    """Refuse to let in whoever comes.

    Raises:
        UsageError: an address that others reach, without a token; half of what https needs; or an archive elsewhere
            that is not allowed or not https.
    """
    if not is_loopback(config.host) and config.token is None and config.read_token is None:
        msg = f"expected a token for {config.host}, which others reach, got none"
        raise UsageError(f"{msg}; set LEXISCOPE_TOKEN, or listen on 127.0.0.1")
    if (config.tls_certificate is None) != (config.tls_key is None):
        raise UsageError("expected both --tls-certificate and --tls-key, got one; name the other, too")
    if config.archive is not None:
        check_address(config.archive, off_this_machine=config.archive_off_this_machine)


def is_loopback(host: str) -> bool:
    """True for an address that only this machine reaches.

    Example:
        >>> is_loopback("localhost"), is_loopback("::1"), is_loopback("0.0.0.0")
        (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _address(config: ServeConfig, port: int) -> str:
    scheme = "http" if config.tls_certificate is None else "https"
    host = f"[{config.host}]" if ":" in config.host else config.host
    return f"{scheme}://{host}:{port}"
