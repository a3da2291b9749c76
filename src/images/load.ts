import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Blobs } from './blobs.ts'
import { digestOf } from './digest.ts'
import { BadImage } from './image.ts'
import { uncompressed } from './layer/compression.ts'
import { choose, CONFIG, type Descriptor, LAYER, MANIFEST, type Platform, readIndex, record, strings } from './manifest.ts'
import { parseReference, type Reference } from './reference.ts'
import type { ImageStore, Named } from './store.ts'
import { readTar } from './tar/read.ts'

/** The files of an archive: what is in the store now, under which digest, by the name it had. */
type Contents = ReadonlyMap<string, { readonly digest: string; readonly size: number }>

/**
 * Puts the images of an archive into the store: one by `docker save`, an OCI archive or the folder of an OCI layout,
 * compressed or not. Answers the names that were given. Throws {@link BadImage}.
 */
export async function loadImages(path: string, store: ImageStore, platform: Platform): Promise<Named[]> {
  const isFolder = (await stat(path)).isDirectory()
  const contents = isFolder ? await readFolder(path, store.blobs) : await readArchive(path, store.blobs)
  const images = contents.has('index.json')
    ? await ociImages(contents, store.blobs, { path, platform })
    : await dockerImages(contents, store.blobs)
  const named: Named[] = []
  for (const { reference, manifest } of images) named.push(await store.add(reference, manifest))
  return named
}

interface Found {
  readonly reference: Reference
  readonly manifest: string
}

async function readArchive(path: string, blobs: Blobs): Promise<Contents> {
  const files = new Map<string, { digest: string; size: number }>()
  const links: [string, string][] = []
  for await (const { entry, body } of readTar(uncompressed(createReadStream(path)))) {
    const name = join('/', entry.name).slice(1)
    if (entry.type === 'file') files.set(name, await blobs.write(body))
    // Older `docker save` writes a layer once and links to it; such a link is looked up among the archive's own names.
    if (entry.type === 'symlink') links.push([name, join('/', name, '..', entry.link).slice(1)])
    if (entry.type === 'hardlink') links.push([name, join('/', entry.link).slice(1)])
  }
  for (const [name, target] of links) {
    const file = files.get(target)
    if (file) files.set(name, file)
  }
  return files
}

async function readFolder(path: string, blobs: Blobs): Promise<Contents> {
  const files = new Map<string, { digest: string; size: number }>()
  for (const name of await readdir(path, { recursive: true, withFileTypes: true })) {
    const file = join(name.parentPath, name.name)
    if (name.isFile()) files.set(file.slice(join(path, '/').length), await blobs.write(createReadStream(file)))
  }
  return files
}

const jsonOf = async (contents: Contents, blobs: Blobs, name: string): Promise<unknown> => {
  const file = contents.get(name)
  if (!file) throw new BadImage(`the archive has no ${name}: it is neither one by docker save nor an OCI layout`)
  return blobs.json(file.digest)
}

async function ociImages(
  contents: Contents,
  blobs: Blobs,
  { path, platform }: { path: string; platform: Platform },
): Promise<Found[]> {
  const manifests = readIndex(await jsonOf(contents, blobs, 'index.json')) ?? []
  const named = new Map<string, string>()
  if (contents.has('manifest.json'))
    for (const { config, names } of dockerEntries(await jsonOf(contents, blobs, 'manifest.json')))
      named.set(contents.get(config)?.digest ?? '', names[0] ?? '')
  const found: Found[] = []
  for (const descriptor of manifests) {
    const manifest = await resolve(descriptor, blobs, platform)
    const config = String(record(record(await blobs.json(manifest))['config'])['digest'])
    found.push({ reference: referenceOf(nameOf(descriptor, path, named.get(config))), manifest })
  }
  if (found.length === 0) throw new BadImage('the archive holds no image')
  return found
}

/** Through lists of images to the one for this machine. */
async function resolve({ digest }: Descriptor, blobs: Blobs, platform: Platform): Promise<string> {
  if (!(await blobs.has(digest))) throw new BadImage(`the archive has no blob ${digest}`)
  const list = readIndex(await blobs.json(digest))
  return list ? resolve(choose(list, platform), blobs, platform) : digest
}

/**
 * containerd and newer Docker write the whole name; others only a tag, or what the user said. An archive without any
 * name gives its own.
 */
function nameOf({ annotations }: Descriptor, path: string, docker: string | undefined): string {
  const whole = annotations['io.containerd.image.name'] || docker
  if (whole) return whole
  const name = annotations['org.opencontainers.image.ref.name'] ?? ''
  if (/[/:]/.test(name)) return name
  const own = basename(path)
    .replace(/\.(tar|tgz|oci)(\.\w+)?$/, '')
    .toLowerCase()
  return name === '' ? own : `${own}:${name}`
}

const dockerEntries = (value: unknown): { config: string; names: readonly string[]; layers: readonly string[] }[] =>
  (Array.isArray(value) ? value : []).map(record).map(({ Config, RepoTags, Layers }) => ({
    config: String(Config),
    names: strings(RepoTags),
    layers: strings(Layers),
  }))

/** Each image gets the manifest that the archive's format has no place for. */
async function dockerImages(contents: Contents, blobs: Blobs): Promise<Found[]> {
  const found: Found[] = []
  for (const { config, names, layers } of dockerEntries(await jsonOf(contents, blobs, 'manifest.json'))) {
    if (names.length === 0) throw new BadImage('the archive holds an image without a name; save it by its name')
    const of = (name: string, mediaType: string) => {
      const file = contents.get(join('/', name).slice(1))
      if (!file) throw new BadImage(`the archive has no ${name}`)
      return { mediaType, ...file }
    }
    const manifest = {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: of(config, CONFIG),
      layers: layers.map((name) => of(name, LAYER)),
    }
    const bytes = Buffer.from(JSON.stringify(manifest))
    await blobs.write([bytes], digestOf(bytes))
    found.push(...names.map((name) => ({ reference: referenceOf(name), manifest: digestOf(bytes) })))
  }
  if (found.length === 0) throw new BadImage('the archive holds no image')
  return found
}

function referenceOf(name: string): Reference {
  const reference = parseReference(name)
  if (typeof reference === 'string') throw new BadImage(`the archive names an image "${name}": ${reference}`)
  return reference
}
