"""Which requests come from where they should: the checks of Host, Origin and Sec-Fetch-Site.

A page of another site may make a browser send requests here. A name of that site that suddenly leads to this machine
(DNS rebinding) is told by the Host header; a request that the other page itself sends, by the other two.
"""

import ipaddress
import socket
from collections.abc import Mapping

from keras_search.tuner.service.context import Address
from keras_search.tuner.service.problems import Refused

SAFE = {"GET", "HEAD", "OPTIONS"}
"""Methods that change nothing."""
_OWN = {"same-origin", "none"}
"""The values of Sec-Fetch-Site for our own pages and for what somebody typed, or opened from outside a browser."""


def names_of_host(address: Address) -> frozenset[str]:
    """Return the names that requests may be for: those given, and, beyond the loopback, this machine's."""
    names = {"localhost", address.host, *address.hosts}
    if not _is_loopback(address.host):
        names |= {socket.gethostname(), socket.getfqdn()}
    return frozenset(name.lower().rstrip(".") for name in names)


def check_host(host: str | None, names: frozenset[str], loopback: bool) -> None:
    """Make sure that a request is for a name or a number of this machine.

    A number cannot be rebound: it passes, but where the service listens only to the machine itself, only numbers of
    the loopback do.

    Raises:
        Refused: it is for another.
    """
    name = _name_in(host or "")
    if name in names or (_is_loopback(name) if loopback else _is_number(name)):
        return
    raise Refused(
        421,
        f"The request is for the host {name[:100]!r}, which is not a name of this service: "
        "to allow it, start keras-search serve with --allow-host and the name.",
    )


def check_source(method: str, headers: Mapping[str, str], with_cookie: bool) -> None:
    """Make sure that no other site's page has made a browser send a request.

    Requests that change something must come from our own pages or from no page. One that is signed in by a cookie must
    say which. The others may be followed links, but no parts of another site's page. Sec-Fetch-Site, which no page can
    set, decides where a browser sends it: it does under https, and to the machine itself.

    Raises:
        Refused: another site's page sent it.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if method in SAFE:
        embedded = headers.get("sec-fetch-mode") != "navigate" or headers.get("sec-fetch-dest") != "document"
        if site is not None and site not in _OWN and embedded:
            raise _foreign(f"Sec-Fetch-Site: {site}")
        return
    if site is not None and site not in _OWN:
        raise _foreign(f"Sec-Fetch-Site: {site}")
    if site is None and origin is not None and not _same_host(origin, headers.get("host", "")):
        raise _foreign(f"Origin: {origin[:200]}")
    if with_cookie and site is None and origin is None:
        raise Refused(
            403,
            "A request that changes something and is signed in by a cookie needs the header Origin or Sec-Fetch-Site: "
            "programs send Authorization: Bearer TOKEN instead.",
        )


def _foreign(received: str) -> Refused:
    return Refused(403, f"Requests from another site's page are refused, received {received}.")


def _same_host(origin: str, host: str) -> bool:
    """Compare the host and the port; the scheme may differ behind a proxy that ends TLS."""
    scheme, separator, place = origin.partition("://")
    return bool(separator) and scheme in ("http", "https") and place.lower() == host.lower()


def _name_in(host: str) -> str:
    """Take the port from a Host header, and the brackets from a number."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower().rstrip(".")


def _is_loopback(name: str) -> bool:
    return name == "localhost" or (_is_number(name) and ipaddress.ip_address(name).is_loopback)


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches a host."""
    return _is_loopback(host)
