import { BadImage } from '../image.ts'

/**
 * The path of an entry below the layer's root, without `.` and doubled slashes; `.` for the root itself. Throws
 * {@link BadImage} for one that leads out of it. Pure.
 */
export function pathInside(name: string): string {
  if (name.startsWith('/')) throw new BadImage(`${name}: an absolute path`)
  if (name.includes('\0')) throw new BadImage('a path with a NUL in it')
  const parts = name.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..')) throw new BadImage(`${name}: a path that leads out of the image`)
  return parts.join('/') || '.'
}

export const folderOf = (path: string): string => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.')
export const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
