/**
 * Certificates for tests of TLS: a certificate authority of our own and a server's certificate that it signed. Node makes keys and
 * signatures but no certificates, so the few DER structures of X.509 v3 (RFC 5280, section 4.1) are written here.
 */

import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from "node:crypto";

/** PEM texts. This is what `startServer({ tls })` takes; a client trusts `ca`. */
export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** A server's certificate is valid for these names and addresses. */
const NAMES = { dns: ["localhost"], ipv4: [[127, 0, 0, 1]] } as const;

/** A fresh authority and a certificate for 127.0.0.1 and localhost, or one for another host, which a client that verifies names must refuse. */
export function makeCertificates(kind: "for this host" | "for another host" = "for this host"): Certificates {
  const authority = keys();
  const server = keys();
  const issuer = commonName("Tidemark test authority");
  const ca = certificate({
    subject: issuer,
    issuer,
    publicKey: authority.spki,
    signer: authority.pem,
    extensions: [basicConstraints],
  });
  const names = kind === "for this host" ? NAMES : ({ dns: ["another.invalid"], ipv4: [] } as const);
  const cert = certificate({
    subject: commonName(names.dns[0]),
    issuer,
    publicKey: server.spki,
    signer: authority.pem,
    extensions: [subjectAltNames(names.dns, names.ipv4)],
  });
  return { ca, cert, key: server.pem };
}

function keys(): { spki: Buffer; pem: string } {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    spki: publicKey.export({ type: "spki", format: "der" }),
    pem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** Tag, length, content (X.690, section 8.1). */
function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const length =
    body.length < 0x80 ? Buffer.from([body.length]) : Buffer.from([0x82, body.length >> 8, body.length & 0xff]);
  return Buffer.concat([Buffer.from([tag]), length, body]);
}

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const NULL = 0x05;
const OID = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const BOOLEAN = 0x01;

/** Object identifiers, already encoded. */
const OIDS = {
  sha256WithRsa: Buffer.from("2a864886f70d01010b", "hex"),
  commonName: Buffer.from("550403", "hex"),
  basicConstraints: Buffer.from("551d13", "hex"),
  subjectAltName: Buffer.from("551d11", "hex"),
} as const;

const algorithm = der(SEQUENCE, der(OID, OIDS.sha256WithRsa), der(NULL));

function commonName(name: string): Buffer {
  return der(SEQUENCE, der(SET, der(SEQUENCE, der(OID, OIDS.commonName), der(UTF8_STRING, Buffer.from(name)))));
}

/** cA = TRUE, critical */
const basicConstraints = der(
  SEQUENCE,
  der(OID, OIDS.basicConstraints),
  der(BOOLEAN, Buffer.from([0xff])),
  der(OCTET_STRING, der(SEQUENCE, der(BOOLEAN, Buffer.from([0xff])))),
);

/** GeneralName: [2] is a DNS name, [7] an IP address. */
function subjectAltNames(dns: readonly string[], ipv4: readonly (readonly number[])[]): Buffer {
  const names = [
    ...dns.map((name) => der(0x82, Buffer.from(name))),
    ...ipv4.map((address) => der(0x87, Buffer.from(address))),
  ];
  return der(SEQUENCE, der(OID, OIDS.subjectAltName), der(OCTET_STRING, der(SEQUENCE, ...names)));
}

interface Contents {
  readonly subject: Buffer;
  readonly issuer: Buffer;
  /** SubjectPublicKeyInfo */
  readonly publicKey: Buffer;
  readonly signer: string;
  readonly extensions: readonly Buffer[];
}

function certificate({ subject, issuer, publicKey, signer, extensions }: Contents): string {
  const version3 = der(0xa0, der(INTEGER, Buffer.from([2])));
  const serial = der(INTEGER, Buffer.concat([Buffer.from([1]), randomBytes(8)]));
  const validity = der(
    SEQUENCE,
    der(UTC_TIME, Buffer.from("200101000000Z")),
    der(UTC_TIME, Buffer.from("490101000000Z")),
  );
  const signed = der(
    SEQUENCE,
    version3,
    serial,
    algorithm,
    issuer,
    validity,
    subject,
    publicKey,
    der(0xa3, der(SEQUENCE, ...extensions)),
  );
  const signature = sign("sha256", signed, createPrivateKey(signer));
  const whole = der(SEQUENCE, signed, algorithm, der(BIT_STRING, Buffer.from([0]), signature));
  const lines = whole.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
