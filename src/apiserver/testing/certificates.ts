import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'
import type { X509Certificate } from '@peculiar/x509'

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const YEAR = 365 * 24 * 3600 * 1000

/** PEM. */
export interface Identity {
  readonly certificate: string
  readonly key: string
}

export interface TestAuthority {
  readonly certificate: string
  server(): Promise<Identity>
  /** The subject in the order of RFC 4514: `CN=kubernetes-admin, O=system:masters`. */
  client(subject: string): Promise<Identity>
}

/** An authority that lives as long as one test. */
export async function testAuthority(): Promise<TestAuthority> {
  const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify'])
  const root = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=test-authority',
    keys,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + YEAR),
    signingAlgorithm: P256,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  })
  const issuer = { root, keys }
  const names = new SubjectAlternativeNameExtension([
    { type: 'ip', value: '127.0.0.1' },
    { type: 'dns', value: 'localhost' },
  ])
  return {
    certificate: root.toString('pem'),
    server: () => issue(issuer, 'CN=kube-apiserver', [names, new ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1'])]),
    client: (subject) => issue(issuer, subject, [new ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.2'])]),
  }
}

type Extension = BasicConstraintsExtension | SubjectAlternativeNameExtension | ExtendedKeyUsageExtension

async function issue(
  issuer: { root: X509Certificate; keys: webcrypto.CryptoKeyPair },
  subject: string,
  extensions: Extension[],
): Promise<Identity> {
  const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.create({
    subject,
    issuer: issuer.root.subject,
    publicKey: keys.publicKey,
    signingKey: issuer.keys.privateKey,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + YEAR),
    signingAlgorithm: P256,
    extensions,
  })
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  return { certificate: certificate.toString('pem'), key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n` }
}
