import 'reflect-metadata'
import * as x509 from '@peculiar/x509'

/** A certificate and its private key, PEM. */
export interface KeyPair {
  readonly certificate: string
  readonly key: string
}

export interface Authority extends KeyPair {
  issue(request: CertificateRequest): Promise<KeyPair>
}

export interface CertificateRequest {
  /** The user's name for a client, the host's for a server. */
  readonly commonName: string
  /** The user's groups. */
  readonly organizations?: readonly string[]
  /** Names and addresses a server is reached by; without any, the certificate is a client's. */
  readonly hosts?: readonly string[]
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const YEAR = 365 * 24 * 3600 * 1000
/** Clocks of clients may be behind; milliseconds. */
const BACKDATED = 5 * 60_000

x509.cryptoProvider.set(crypto)

/** A new authority for one cluster, valid for ten years, as kubeadm's. */
export async function createAuthority(now: number): Promise<Authority> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=kubernetes',
    keys,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(now - BACKDATED),
    notAfter: new Date(now + 10 * YEAR),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return authorityOf(certificate, keys.privateKey, now)
}

/** The authority of an earlier `up`, from what {@link createAuthority} gave. */
export async function loadAuthority(pair: KeyPair, now: number): Promise<Authority> {
  const der = x509.PemConverter.decodeFirst(pair.key)
  const key = await crypto.subtle.importKey('pkcs8', der, ALGORITHM, true, ['sign'])
  return authorityOf(new x509.X509Certificate(pair.certificate), key, now)
}

async function authorityOf(authority: x509.X509Certificate, signingKey: CryptoKey, now: number): Promise<Authority> {
  return {
    certificate: authority.toString('pem'),
    key: await pemOf(signingKey),
    async issue({ commonName, organizations = [], hosts = [] }) {
      const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
      const certificate = await x509.X509CertificateGenerator.create({
        subject: [{ CN: [commonName] }, ...organizations.map((organization) => ({ O: [organization] }))],
        issuer: authority.subject,
        publicKey: keys.publicKey,
        signingKey,
        signingAlgorithm: ALGORITHM,
        notBefore: new Date(now - BACKDATED),
        notAfter: new Date(now + YEAR),
        extensions: await extensionsOf(authority, hosts),
      })
      return { certificate: certificate.toString('pem'), key: await pemOf(keys.privateKey) }
    },
  }
}

async function extensionsOf(authority: x509.X509Certificate, hosts: readonly string[]): Promise<x509.Extension[]> {
  const usage = hosts.length > 0 ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth
  const names = hosts.map((host) => ({ type: /^[\d.]+$|:/.test(host) ? 'ip' : 'dns', value: host }) as const)
  return [
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([usage]),
    await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
    ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension([...names])] : []),
  ]
}

/** A private key alone, PEM. */
export async function createSigningKey(): Promise<string> {
  const { privateKey } = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  return pemOf(privateKey)
}

const pemOf = async (key: CryptoKey): Promise<string> =>
  x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')
