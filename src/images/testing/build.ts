import { mkdtempSync, rmSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, realpath, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { run } from '../../kernel/index.ts'
import { digestOf } from '../digest.ts'
import { unpackLayer } from '../layer/unpack.ts'
import type { Entry } from '../tar/entry.ts'
import { filler, header, trailer } from '../tar/write.ts'

/** An image as a test wants it. Layers are plain tar archives, lowest first. */
export interface Wish {
  readonly layers: readonly Buffer[]
  readonly config?: Readonly<Record<string, unknown>>
  readonly architecture?: string
  readonly gzip?: boolean
}

export interface Built {
  readonly manifest: string
  readonly config: string
  readonly layers: readonly string[]
  readonly blobs: ReadonlyMap<string, Buffer>
}

let parent: string | undefined

/** A new folder, which goes with the process. */
export async function scratchFolder(): Promise<string> {
  parent ??= temporaryFolder()
  return mkdtemp(join(parent, 'part-'))
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-images-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A tar archive of these entries, honest or not. */
export function tarOf(entries: readonly (Partial<Entry> & { readonly name: string; readonly content?: string })[]): Buffer {
  const parts = entries.flatMap(({ content = '', ...entry }) => {
    const whole = { type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0, link: '', xattrs: {}, ...entry } as const
    return [header({ ...whole, size: content.length }), Buffer.from(content), filler(content.length)]
  })
  return Buffer.concat([...parts, trailer()])
}

export function build({ layers, config = {}, architecture = 'amd64', gzip = false }: Wish): Built {
  const blobs = new Map<string, Buffer>()
  const keep = (bytes: Buffer): { digest: string; size: number } => {
    blobs.set(digestOf(bytes), bytes)
    return { digest: digestOf(bytes), size: bytes.length }
  }
  const json = (value: unknown): { digest: string; size: number } => keep(Buffer.from(JSON.stringify(value)))
  const carried = layers.map((layer) => ({
    mediaType: `application/vnd.oci.image.layer.v1.tar${gzip ? '+gzip' : ''}`,
    ...keep(gzip ? gzipSync(layer) : layer),
  }))
  const ownConfig = json({ architecture, os: 'linux', config, rootfs: { type: 'layers', diff_ids: layers.map(digestOf) } })
  const type = 'application/vnd.oci.image.manifest.v1+json'
  const described = { mediaType: 'application/vnd.oci.image.config.v1+json', ...ownConfig }
  const manifest = json({ schemaVersion: 2, mediaType: type, config: described, layers: carried })
  return { manifest: manifest.digest, config: ownConfig.digest, layers: carried.map(({ digest }) => digest), blobs }
}

const hex = (digest: string): string => digest.replace('sha256:', '')

/** The folder of an OCI layout; `name` as `org.opencontainers.image.ref.name`. */
export async function writeOciLayout(folder: string, { manifest, blobs }: Built, name: string): Promise<string> {
  await mkdir(join(folder, 'blobs/sha256'), { recursive: true })
  for (const [digest, bytes] of blobs) await writeFile(join(folder, 'blobs/sha256', hex(digest)), bytes)
  const annotations = { 'org.opencontainers.image.ref.name': name }
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  const manifests = [{ mediaType, digest: manifest, size: blobs.get(manifest)!.length, annotations }]
  await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }))
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  return folder
}

/** An archive as older releases of `docker save` write it: a folder for each layer. */
export async function writeDockerArchive(folder: string, built: Built, names: readonly string[]): Promise<string> {
  const { config, layers, blobs } = built
  await mkdir(folder, { recursive: true })
  for (const layer of layers) {
    await mkdir(join(folder, hex(layer)), { recursive: true })
    await writeFile(join(folder, hex(layer), 'layer.tar'), blobs.get(layer)!)
  }
  await writeFile(join(folder, `${hex(config)}.json`), blobs.get(config)!)
  const entry = { Config: `${hex(config)}.json`, RepoTags: names, Layers: layers.map((layer) => `${hex(layer)}/layer.tar`) }
  await writeFile(join(folder, 'manifest.json'), JSON.stringify([entry]))
  return pack(folder)
}

/** The files of a folder as an archive beside it. */
export async function pack(folder: string): Promise<string> {
  await run('tar', ['--create', `--file=${folder}.tar`, `--directory=${folder}`, '.'])
  return `${folder}.tar`
}

/** A layer with a shell: the programs of this machine that it takes, and the libraries that those take. */
export async function shellLayer(programs: readonly string[] = ['sh', 'cat', 'sleep', 'id']): Promise<Buffer> {
  const folder = join(await scratchFolder(), 'rootfs')
  const put = async (from: string, to: string): Promise<void> => {
    await mkdir(dirname(join(folder, to)), { recursive: true })
    await cp(await realpath(from), join(folder, to))
  }
  for (const program of programs) {
    const path = (await run('sh', ['-c', `command -v ${program}`])).stdout.trim()
    await put(path, `/bin/${basename(program)}`)
    const { stdout } = await run('ldd', [await realpath(path)])
    for (const [library] of stdout.matchAll(/\/\S+\.so\S*/g)) await put(library, library)
  }
  await mkdir(join(folder, 'etc'), { recursive: true })
  await writeFile(join(folder, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nsailor:x:1000:1001::/:/bin/sh\n')
  await writeFile(join(folder, 'etc/group'), 'root:x:0:\ncrew:x:1001:\n')
  return readFile(await pack(folder))
}

/** Unpacks a layer that was `carried` so, in pieces that end anywhere; answers its folder. */
export async function unpack(layer: Buffer, carried = layer): Promise<string> {
  const root = await scratchFolder()
  const folders = { layers: join(root, 'layers'), scratch: join(root, 'scratch') }
  const open = async function* (): AsyncGenerator<Buffer> {
    // In pieces that end anywhere.
    for (let at = 0; at < carried.length; at += 700) yield carried.subarray(at, at + 700)
  }
  return unpackLayer({ ...folders, diffId: digestOf(layer), open })
}
