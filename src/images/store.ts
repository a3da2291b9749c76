import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type Blobs, createBlobs } from './blobs.ts'
import { readConfig } from './config.ts'
import { digestOf, hexOf } from './digest.ts'
import { BadImage, type Image } from './image.ts'
import { layerFolder, unpackLayer } from './layer/unpack.ts'
import { type Manifest, readManifest } from './manifest.ts'
import type { Reference } from './reference.ts'
import { userIn } from './user.ts'

/** One name for one image. */
export interface Named {
  /** Whole, as in {@link Reference}. */
  readonly name: string
  /** Digest of the manifest. */
  readonly manifest: string
  /** Digest of the configuration, which is the image's id. */
  readonly config: string
  /** What a container's status says: where it was pulled from, or the id. */
  readonly id: string
  /** Bytes of its layers as they were carried. */
  readonly size: number
}

/** The images of a machine, in a folder that any number of processes share. */
export interface ImageStore {
  readonly blobs: Blobs
  /** By name, sorted. */
  list(): Promise<Named[]>
  find(reference: Reference): Promise<Named | undefined>
  /** Gives a name to an image whose blobs are all there, once its layers are unpacked. A pulled one says from where. */
  add(reference: Reference, manifest: string, from?: string): Promise<Named>
  /** What a container needs. Its layers are unpacked again if somebody took them away. */
  open(named: Named): Promise<Image>
  /** Forgets a name. Answers false when there is none. */
  remove(reference: Reference): Promise<boolean>
  /** Deletes blobs and layers that no name leads to and that were there before `time`; milliseconds since the epoch. */
  collect(time: number): Promise<void>
}

export interface StoreOptions {
  readonly root: string
  /** Makes names that nobody else makes. */
  readonly unique: () => string
}

export function createImageStore({ root, unique }: StoreOptions): ImageStore {
  const names = join(root, 'names')
  const layers = join(root, 'layers')
  const scratch = join(root, 'scratch')
  const blobs = createBlobs(root, { scratch, unique })
  const fileOf = ({ name }: Pick<Reference, 'name'>): string => join(names, hexOf(digestOf(Buffer.from(name))))
  const unpacking = new Map<string, Promise<string>>()

  /** One unpacking for all who want the same layer. */
  const unpack = (diffId: string, blob: string): Promise<string> => {
    const running = unpacking.get(diffId)
    if (running) return running
    const started = unpackLayer({ diffId, layers, scratch: join(scratch, unique()), open: () => blobs.read(blob) })
    unpacking.set(diffId, started)
    return started.finally(() => unpacking.delete(diffId))
  }
  /** Layers lowest first, one after the other: two at once would only fight for the disk. */
  const unpackAll = async (manifest: Manifest, diffIds: readonly string[]): Promise<string[]> => {
    if (manifest.layers.length !== diffIds.length)
      throw new BadImage('the manifest and the configuration disagree about the layers')
    const folders: string[] = []
    for (const { digest } of manifest.layers)
      if (!(await blobs.has(digest))) throw new BadImage(`a layer's content is missing: ${digest}`)
    for (const [at, diffId] of diffIds.entries()) folders.push(await unpack(diffId, manifest.layers[at]!.digest))
    return folders
  }
  const contentOf = async (digest: string) => {
    const manifest = readManifest(await blobs.json(digest))
    return { manifest, config: readConfig(await blobs.json(manifest.config.digest)) }
  }
  const list = async (): Promise<Named[]> => {
    const files = await readdir(names).catch(() => [])
    const found = await Promise.all(files.map((file) => readNamed(join(names, file))))
    return found.filter((named) => named !== undefined).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }
  /** Names of the files and folders that the images use. */
  const used = async (): Promise<Set<string>> => {
    const found = await Promise.all(
      (await list()).map(async ({ manifest: digest }) => {
        const { manifest, config } = await contentOf(digest)
        const content = [digest, manifest.config.digest, ...manifest.layers.map((layer) => layer.digest)].map(hexOf)
        return [...content, ...config.diffIds.map((diffId) => basename(layerFolder(layers, diffId)))]
      }),
    )
    return new Set(found.flat())
  }

  return {
    blobs,
    list,
    find: (reference) => readNamed(fileOf(reference)),
    async add(reference, digest, from) {
      const { manifest, config } = await contentOf(digest)
      await unpackAll(manifest, config.diffIds)
      const size = manifest.layers.reduce((sum, layer) => sum + layer.size, 0)
      const id = manifest.config.digest
      const named: Named = { name: reference.name, manifest: digest, config: id, id: from ?? id, size }
      await mkdir(names, { recursive: true })
      const file = join(scratch, unique())
      await writeFile(file, JSON.stringify(named))
      await rename(file, fileOf(reference))
      return named
    },
    async open({ name, id, size, manifest: digest }) {
      const { manifest, config } = await contentOf(digest)
      const { diffIds, user, ...rest } = config
      const folders = (await unpackAll(manifest, diffIds)).toReversed()
      return { ...rest, reference: name, id, size, layers: folders, ...(await userIn(user, folders)) }
    },
    async remove(reference) {
      const found = await readNamed(fileOf(reference))
      await rm(fileOf(reference), { force: true })
      return found !== undefined
    },
    async collect(time) {
      const keep = await used()
      for (const folder of [join(root, 'blobs/sha256'), layers, scratch]) await removeOld(folder, keep, time)
    },
  }
}

async function removeOld(folder: string, keep: ReadonlySet<string>, time: number): Promise<void> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => !keep.has(name))
  for (const name of names) {
    // When it came here: a layer's folder has the modification time of the image's root.
    const there = await stat(join(folder, name)).catch(() => undefined)
    if (there && there.ctimeMs < time) await rm(join(folder, name), { recursive: true, force: true })
  }
}

const readNamed = (file: string): Promise<Named | undefined> =>
  readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as Named,
    () => undefined,
  )
