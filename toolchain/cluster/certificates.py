"""The certificates that a scheduler, workers and builds know each other by, and their making.

Whoever may speak to a scheduler or a worker can have it run any code. So both sides of each connection show a
certificate, and only those of the one authority in `ca.pem` count, which exists for nothing else.
"""

import os
import socket
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from toolchain.base.errors import ConfigError
from toolchain.cluster import optional_extra
from toolchain.cluster.addresses import is_host

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from distributed import Security

VARIABLE = "TOOLCHAIN_CERTIFICATES"
"""The environment variable that names the folder of the certificates where no option does."""
AUTHORITY, CERTIFICATE, KEY = "ca.pem", "cert.pem", "key.pem"
COPY_AGAIN = "Copy the whole folder again from the machine where it was made."
LIFETIME = timedelta(days=730)
OTHER_USERS = 0o007
"""File mode bits of everyone but the owner and the group: the group may be the people who build together."""
CLOCK_TOLERANCE = timedelta(hours=1)
"""How far the clocks of two machines may differ."""
REMEDY = (
    "Make certificates once with `toolchain certificates FOLDER`, copy the folder to every machine "
    f"that takes part, and name it there with --certificates FOLDER or {VARIABLE}."
)


def security(folder: Path) -> "Security":
    """Return the certificates in a folder as Dask takes them, for every role.

    Raises ConfigError if one is missing, expired or readable by others, or if they do not fit together.
    """
    optional_extra.require()
    import distributed  # noqa: PLC0415 - slow to import

    authority, certificate, key = (folder / name for name in (AUTHORITY, CERTIFICATE, KEY))
    for path in (folder, authority, certificate, key):
        _refuse_unreadable(path)
    _refuse_readable_by_others(key)
    _refuse_expired(certificate)
    roles = ("client", "scheduler", "worker")
    tls = distributed.Security(
        require_encryption=True,
        tls_ca_file=str(authority.absolute()),
        **{f"tls_{role}_cert": str(certificate.absolute()) for role in roles},
        **{f"tls_{role}_key": str(key.absolute()) for role in roles},
    )
    try:
        tls.get_connection_args("client")
    except OSError as error:  # ssl's are OSErrors
        reason = (getattr(error, "reason", "") or str(error)).replace("_", " ").lower()
        raise ConfigError(
            f"{folder}: {AUTHORITY}, {CERTIFICATE} and {KEY} do not fit together: {reason}",
            remedy=COPY_AGAIN,
        ) from error
    return tls


def _refuse_unreadable(path: Path) -> None:
    try:
        if path.is_dir():
            os.scandir(path).close()
        else:
            path.open("rb").close()
    except OSError as error:
        absent = isinstance(error, (FileNotFoundError, NotADirectoryError))
        raise ConfigError(
            f"{path}: {error.strerror}",
            remedy=REMEDY if absent else "Let the user who runs this command read it, and nobody else.",
        ) from error


def _refuse_readable_by_others(key: Path) -> None:
    if os.name == "posix" and key.stat().st_mode & OTHER_USERS:
        raise ConfigError(
            f"{key}: others can read it, and whoever has it can have each of the machines run any code",
            remedy=f"chmod 600 {key}; if somebody may have read it, make new certificates.",
        )


def _refuse_expired(path: Path) -> None:
    from cryptography import x509  # noqa: PLC0415 - slow to import

    try:
        expiry = x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    except ValueError as error:
        raise ConfigError(f"{path}: is no certificate", remedy=COPY_AGAIN) from error
    if expiry < datetime.now(UTC):
        raise ConfigError(
            f"{path}: its time was over on {expiry:%Y-%m-%d}",
            remedy="Make new ones in another folder with `toolchain certificates FOLDER`, and copy it everywhere.",
        )


def make(folder: Path, hosts: tuple[str, ...] = (), lifetime: timedelta | None = None) -> datetime:
    """Write an authority and one certificate for all roles; return when they expire.

    The authority's own key is kept nowhere, so that nobody can ever make another certificate that counts.

    Raises ConfigError if there are certificates already.
    """
    optional_extra.require()
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - slow to import
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - as above

    for host in hosts:
        if not is_host(host):
            raise _invalid_host(host)
    names = (AUTHORITY, CERTIFICATE, KEY)
    if existing := [name for name in names if (folder / name).exists()]:
        raise ConfigError(
            f"{folder}: has {', '.join(existing)} already, and certificates are never overwritten",
            remedy="Use them, or name another folder.",
        )
    keys = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    hosts = hosts or (socket.gethostname(), "localhost", "127.0.0.1")
    authority, certificate = _certificates(*keys, hosts, LIFETIME if lifetime is None else lifetime)
    pem = serialization.Encoding.PEM
    key = keys[1].private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, content in zip(
        names, (authority.public_bytes(pem), certificate.public_bytes(pem), key), strict=True
    ):
        handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if name == KEY else 0o644)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
    return certificate.not_valid_after_utc


def _certificates(
    authority_key: "ec.EllipticCurvePrivateKey",
    key: "ec.EllipticCurvePrivateKey",
    hosts: tuple[str, ...],
    lifetime: timedelta,
) -> "tuple[x509.Certificate, x509.Certificate]":
    """Return an authority that signs itself, and a certificate that it signs."""
    from cryptography import x509  # noqa: PLC0415 - slow to import
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - as above
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID  # noqa: PLC0415 - as above

    def common_name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    def usage(*, signs: bool) -> x509.KeyUsage:
        return x509.KeyUsage(
            digital_signature=not signs,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=signs,
            crl_sign=signs,
            encipher_only=False,
            decipher_only=False,
        )

    now = datetime.now(UTC)
    issuer = common_name("toolchain's own authority")
    shared = (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .not_valid_before(now - CLOCK_TOLERANCE)
        .not_valid_after(now + lifetime)
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key())
    authority = (
        shared.subject_name(issuer)
        .public_key(authority_key.public_key())
        .serial_number(x509.random_serial_number())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(signs=True), critical=True)
        .add_extension(identifier, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    purposes = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    signer = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
    certificate = (
        shared.subject_name(common_name("toolchain"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general_name(host) for host in hosts]), critical=False)
        .add_extension(signer, critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    return authority, certificate


def _general_name(host: str) -> "x509.GeneralName":
    """Return a host as it stands in a certificate: an IP address or a DNS name."""
    from cryptography import x509  # noqa: PLC0415 - slow to import

    with suppress(ValueError):
        return x509.IPAddress(ip_address(host))
    try:
        return x509.DNSName(host.encode("idna").decode())
    except UnicodeError as error:
        raise _invalid_host(host) from error


def _invalid_host(host: str) -> ConfigError:
    """Return the error for a --host that cannot be the name or the address of a machine."""
    return ConfigError(
        f"--host: {host!r} is no name or address of a machine",
        remedy="Name it as others reach it, without a protocol or a port.",
    )
