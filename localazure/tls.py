"""The certificate of the local cloud.

Azure's SDKs refuse to send tokens over plain http, so the stand-ins answer over https. The
authority that signs the certificate lives only while it does so: its key is never written, hence
nobody can sign anything else with it. Nothing is added to the trust store of the machine; processes
trust the certificate through the bundle file that their environment names.
"""

import datetime
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import certifi
import trustme
from cryptography import x509

from localazure.state import write_atomically

_LIFETIME = datetime.timedelta(days=365)
_RENEW_BEFORE = datetime.timedelta(days=30)
# Where a company's own authorities are usually named; they stay trusted next to the local one.
_USER_BUNDLES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE")


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files of a server certificate for 127.0.0.1 and localhost."""

    chain: Path
    key: Path
    authority: Path
    bundle: Path


def ensure_certificate(folder: Path, environment: Mapping[str, str] = os.environ) -> Certificate:
    """Return the certificate in ``folder``, made when it is missing or about to expire."""
    certificate = Certificate(
        chain=folder / "server.pem",
        key=folder / "server.key",
        authority=folder / "ca.pem",
        bundle=folder / "bundle.pem",
    )
    if not _is_valid(certificate):
        _issue(certificate)
    _write_bundle(certificate, environment)
    return certificate


def _is_valid(certificate: Certificate) -> bool:
    if not (certificate.key.exists() and certificate.authority.exists()):
        return False
    try:
        server = x509.load_pem_x509_certificate(certificate.chain.read_bytes())
    except (FileNotFoundError, ValueError):
        return False
    remaining = server.not_valid_after_utc - datetime.datetime.now(datetime.UTC)
    return remaining > _RENEW_BEFORE


def _issue(certificate: Certificate) -> None:
    authority = trustme.CA(
        organization_name="localazure", organization_unit_name="local cloud of one developer"
    )
    server = authority.issue_cert(
        "127.0.0.1",
        "localhost",
        organization_name="localazure",
        not_after=datetime.datetime.now(datetime.UTC) + _LIFETIME,
    )
    write_atomically(certificate.authority, authority.cert_pem.bytes().decode())
    write_atomically(certificate.key, server.private_key_pem.bytes().decode())
    # Last: a start that was interrupted before this line begins anew.
    chain = "".join(pem.bytes().decode() for pem in server.cert_chain_pems)
    write_atomically(certificate.chain, chain)


def _write_bundle(certificate: Certificate, environment: Mapping[str, str]) -> None:
    """Join the local authority with the public ones and those that the user already trusts."""
    sources = [certificate.authority, Path(certifi.where())]
    for variable in _USER_BUNDLES:
        path = Path(environment.get(variable) or certifi.where())
        if path.is_file() and path not in sources and path.resolve() != certificate.bundle:
            sources.append(path)
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    if not certificate.bundle.exists() or certificate.bundle.read_text(encoding="utf-8") != text:
        write_atomically(certificate.bundle, text)
