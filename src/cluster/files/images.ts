import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  createImageStore,
  type Images,
  type ImageStore,
  linuxOn,
  loadImages,
  type Named,
  parseReference,
  storedImages,
} from '../../images/index.ts'
import { PortolanError, systemClock } from '../../lib/index.ts'

/** All nodes of a cluster share one store: they are one machine. */
const folderOf = (root: string): string => join(root, 'images')

const storeAt = (folder: string): ImageStore => createImageStore({ root: folder, unique: randomUUID })

/** What a node makes containers from: the store in `<root>/images`, and the registries that it can reach. */
export const imagesBelow = (root: string): Images =>
  storedImages({ store: storeAt(folderOf(root)), platform: linuxOn(process.arch), fetch, clock: systemClock })

export type ClusterImage = Pick<Named, 'name' | 'config' | 'size'>

/** Loads archives or OCI layouts for every node of the cluster in `root`, up or down. Answers what is called how. */
export async function loadArchive(root: string, path: string): Promise<readonly ClusterImage[]> {
  if (!existsSync(path)) throw new PortolanError('NoSuchFile', `there is no file ${path}`)
  if (process.getuid?.() !== 0)
    throw new PortolanError('NotRoot', 'files of images have owners. Run it as root: sudo portolan load')
  return loadImages(path, storeAt(folderOf(root)), linuxOn(process.arch))
}

export const listImages = (root: string): Promise<readonly ClusterImage[]> => storeAt(folderOf(root)).list()

/** Forgets a name; throws NoSuchImage. What containers still stand on stays until {@link collectImages}. */
export async function removeImage(root: string, name: string): Promise<string> {
  const reference = parseReference(name)
  if (typeof reference === 'string') throw new PortolanError('InvalidImageName', `"${name}" is no image's name: ${reference}`)
  if (!(await storeAt(folderOf(root)).remove(reference)))
    throw new PortolanError('NoSuchImage', `there is no image ${reference.name}`)
  return reference.name
}

/** Milliseconds for which nobody's name is needed: some load may go on that hasn't come to giving one. */
const YOUNG = 3_600_000

/** Gives back the space of images that no name leads to. Only while no container runs. A damaged store is left as it is. */
export const collectImages = (root: string): Promise<void> =>
  storeAt(folderOf(root))
    .collect(Date.now() - YOUNG)
    .catch(() => {})
