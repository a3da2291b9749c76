import { BadImage } from '../image.ts'
import type { Entry } from '../tar/entry.ts'
import { readTar } from '../tar/read.ts'
import { filler, header, trailer } from '../tar/write.ts'
import { baseOf, folderOf, pathInside } from './names.ts'

/** How a layer says that something below it is gone, OCI image specification, layer.md. */
const WHITEOUT = '.wh.'
const OPAQUE = '.wh..wh..opq'
const MOST_ENTRIES = 2_000_000

/**
 * A layer's archive as one that tar(1) can unpack for overlayfs: whiteouts become devices 0/0 and opaque folders an
 * attribute. Every header is written anew from what was understood of it, so nothing is understood differently by who
 * reads it next. Throws {@link BadImage} for what no honest layer holds.
 */
export async function* overlayTar(layer: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const seen = new Map<string, Entry | undefined>()
  const hidden = new Set<string>()
  const opaque = new Set<string>()
  for await (const { entry: read, body } of readTar(layer)) {
    const entry = checked(read)
    const base = baseOf(entry.name)
    if (base === OPAQUE) opaque.add(folderOf(entry.name))
    else if (base.startsWith(WHITEOUT)) hide(entry.name, hidden)
    else if (!isDevice(entry)) {
      seen.set(entry.name, entry.type === 'folder' ? entry : undefined)
      if (seen.size > MOST_ENTRIES) throw new BadImage(`a layer with more than ${MOST_ENTRIES} files`)
      yield header(entry)
      yield* body
      yield filler(entry.size)
    }
  }
  // At the end, because they are about what lies below, and not about what this layer has itself.
  for (const path of hidden) {
    if (!seen.has(path)) yield header(whiteout(path))
    else if (seen.get(path)) opaque.add(path)
  }
  for (const path of opaque) yield header(opaqueFolder(path, seen.get(path)))
  yield trailer()
}

/** Other names that begin so are notes of aufs to itself. */
function hide(name: string, hidden: Set<string>): void {
  const base = baseOf(name).slice(WHITEOUT.length)
  if (base.startsWith(WHITEOUT)) return
  if (base === '' || base === '.' || base === '..') throw new BadImage(`${name}: hides what can't be hidden`)
  hidden.add(folderOf(name) === '.' ? base : `${folderOf(name)}/${base}`)
}

/** A container has devices of its own, so those below /dev are left out; nowhere else is one wanted. */
const isDevice = ({ type }: Entry): boolean => type === 'character' || type === 'block'

function checked(entry: Entry): Entry {
  const name = pathInside(entry.name)
  if (isDevice(entry) && !name.startsWith('dev/')) throw new BadImage(`${entry.name}: a device`)
  if (name === '.' && entry.type !== 'folder') throw new BadImage(`${entry.name}: not a folder`)
  const link = entry.type === 'hardlink' ? pathInside(entry.link) : entry.type === 'symlink' ? entry.link : ''
  if (entry.type === 'symlink' && link === '') throw new BadImage(`${entry.name}: a link to nowhere`)
  return { ...entry, name, link, xattrs: harmless(entry.xattrs) }
}

/** What overlayfs believes (`trusted.overlay.*`) is said here and nowhere else. */
const harmless = (xattrs: Entry['xattrs']): Entry['xattrs'] =>
  Object.fromEntries(Object.entries(xattrs).filter(([key]) => key === 'security.capability' || key.startsWith('user.')))

const EMPTY = { uid: 0, gid: 0, mtime: 0, size: 0, link: '', xattrs: {} } as const
const whiteout = (name: string): Entry => ({ ...EMPTY, name, type: 'character', mode: 0 })
const opaqueFolder = (name: string, folder: Entry = { ...EMPTY, name, type: 'folder', mode: 0o755 }): Entry => ({
  ...folder,
  xattrs: { ...folder.xattrs, 'trusted.overlay.opaque': 'y' },
})
