"""The certificate of the local cloud."""

import datetime
import ssl
from pathlib import Path

import certifi
import pytest
import trustme

from localazure import tls


def _authorities(bundle: Path) -> int:
    return ssl.create_default_context(cafile=str(bundle)).cert_store_stats()["x509_ca"]


def test_the_certificate_is_made_once(tmp_path: Path) -> None:
    """A second start uses the certificate of the first, so that trust in it lasts."""
    first = tls.ensure_certificate(tmp_path, {}).chain.read_bytes()
    assert tls.ensure_certificate(tmp_path, {}).chain.read_bytes() == first


def test_a_certificate_that_is_about_to_expire_is_renewed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate with less than a month left is replaced, with its authority."""
    with monkeypatch.context() as patch:
        patch.setattr(tls, "_LIFETIME", datetime.timedelta(days=20))
        old = tls.ensure_certificate(tmp_path, {})
        before = old.chain.read_bytes(), old.authority.read_bytes()
    new = tls.ensure_certificate(tmp_path, {})
    assert new.chain.read_bytes() != before[0]
    assert new.authority.read_bytes() != before[1]
    assert new.authority.read_text() in new.bundle.read_text()


def test_an_interrupted_first_start_is_repaired(tmp_path: Path) -> None:
    """A folder in which one of the files is missing gets a new certificate."""
    certificate = tls.ensure_certificate(tmp_path, {})
    certificate.chain.unlink()
    assert tls.ensure_certificate(tmp_path, {}).chain.exists()


def test_the_key_of_the_authority_is_not_kept(tmp_path: Path) -> None:
    """Only the server's own private key is on disk."""
    tls.ensure_certificate(tmp_path, {})
    keys = [path.name for path in tmp_path.iterdir() if "PRIVATE KEY" in path.read_text()]
    assert keys == ["server.key"]


def test_the_bundle_holds_public_authorities_and_the_users_own(tmp_path: Path) -> None:
    """Trusting the local cloud takes nothing away from what the user already trusts."""
    company = trustme.CA()
    company.cert_pem.write_to_path(tmp_path / "company.pem")
    certificate = tls.ensure_certificate(
        tmp_path, {"REQUESTS_CA_BUNDLE": str(tmp_path / "company.pem")}
    )
    assert _authorities(certificate.bundle) == _authorities(Path(certifi.where())) + 2


def test_the_bundle_does_not_grow_inside_its_own_environment(tmp_path: Path) -> None:
    """A start from a shell that already uses the bundle leaves it as it is."""
    certificate = tls.ensure_certificate(tmp_path, {})
    before = certificate.bundle.read_bytes()
    tls.ensure_certificate(tmp_path, {"SSL_CERT_FILE": str(certificate.bundle)})
    assert certificate.bundle.read_bytes() == before
