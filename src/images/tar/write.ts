import { BLOCK, type Entry, padding, TYPE_FLAGS, XATTR } from './entry.ts'

/** The header of one entry; its bytes and {@link filler} follow. Everything that ustar has no room for stands in a pax header before it. */
export function header(entry: Entry): Buffer {
  const records = Object.entries(paxRecords(entry)).map(([key, value]) => paxRecord(key, value))
  if (records.length === 0) return ustar(entry, TYPE_FLAGS[entry.type])
  const content = Buffer.concat(records)
  const pax: Entry = { ...entry, name: 'pax', link: '', mode: 0o644, uid: 0, gid: 0, mtime: 0, size: content.length }
  return Buffer.concat([ustar(pax, 'x'), content, filler(content.length), ustar(entry, TYPE_FLAGS[entry.type])])
}

/** What fills the last block of `size` bytes. */
export const filler = (size: number): Buffer => Buffer.alloc(padding(size))

/** The end of an archive. */
export const trailer = (): Buffer => Buffer.alloc(2 * BLOCK)

const NAME = 100
const LARGEST_ID = 0o7777777
const LARGEST_SIZE = 0o77777777777

function paxRecords({ name, link, uid, gid, size, mtime, xattrs }: Entry): Record<string, string> {
  const attributes = Object.entries(xattrs).map(([key, value]) => [`${XATTR}${key}`, value])
  return {
    ...(name.length > NAME && { path: name }),
    ...(link.length > NAME && { linkpath: link }),
    ...(uid > LARGEST_ID && { uid: String(uid) }),
    ...(gid > LARGEST_ID && { gid: String(gid) }),
    ...(size > LARGEST_SIZE && { size: String(size) }),
    ...((mtime < 0 || mtime > LARGEST_SIZE) && { mtime: String(mtime) }),
    ...Object.fromEntries(attributes),
  }
}

/** A record's length counts its own digits. */
function paxRecord(key: string, value: string): Buffer {
  const rest = ` ${key}=${value}\n`
  let length = rest.length
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length
  return Buffer.from(`${length}${rest}`, 'latin1')
}

function ustar(entry: Entry, flag: string): Buffer {
  const block = Buffer.alloc(BLOCK)
  const put = (text: string, at: number, length: number): number => block.write(text.slice(0, length), at, 'latin1')
  const octal = (value: number, at: number, length: number, largest: number): number =>
    put((value < 0 || value > largest ? 0 : value).toString(8).padStart(length - 1, '0'), at, length)
  put(entry.name, 0, NAME)
  octal(entry.mode, 100, 8, LARGEST_ID)
  octal(entry.uid, 108, 8, LARGEST_ID)
  octal(entry.gid, 116, 8, LARGEST_ID)
  octal(entry.size, 124, 12, LARGEST_SIZE)
  octal(entry.mtime, 136, 12, LARGEST_SIZE)
  put(flag, 156, 1)
  put(entry.link, 157, NAME)
  put('ustar\x0000', 257, 8)
  octal(0, 329, 8, LARGEST_ID)
  octal(0, 337, 8, LARGEST_ID)
  put(' '.repeat(8), 148, 8)
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
    LARGEST_ID,
  )
  return block
}
