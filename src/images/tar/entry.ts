/** What lies in a tar archive, tar(5). Names are bytes, one per character, because nobody says which encoding they have. */
export interface Entry {
  readonly name: string
  readonly type: EntryType
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Seconds. */
  readonly mtime: number
  /** Bytes that follow. */
  readonly size: number
  /** Where a link leads. */
  readonly link: string
  /** Extended attributes. */
  readonly xattrs: Readonly<Record<string, string>>
}

export type EntryType = 'file' | 'hardlink' | 'symlink' | 'character' | 'block' | 'folder' | 'fifo'

export const TYPE_FLAGS: Readonly<Record<EntryType, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  character: '3',
  block: '4',
  folder: '5',
  fifo: '6',
}

export const BLOCK = 512
export const padding = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK
/** The name under which pax(1) headers keep extended attributes. */
export const XATTR = 'SCHILY.xattr.'
