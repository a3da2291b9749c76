import { lstat, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Image, UnknownUser } from './image.ts'

const MOST = 1 << 20

/**
 * `user[:group]` of an image as numbers, looked up in its own /etc/passwd and /etc/group; empty stays empty, which is root. A
 * number needs no line there. `layers` uppermost first. Throws {@link UnknownUser} for a name that isn't there.
 */
export async function numericUser(user: string, layers: readonly string[]): Promise<string> {
  if (user === '') return ''
  const [name = '', group] = user.split(':')
  const account = (await lines('passwd', layers)).find((line) => line[0] === name || (isNumber(name) && line[2] === name))
  const uid = isNumber(name) ? name : account?.[2]
  if (uid === undefined) throw new UnknownUser(`unable to find user ${name}: no matching entries in passwd file`)
  if (group === undefined) return `${uid}:${account?.[3] ?? '0'}`
  if (isNumber(group)) return `${uid}:${group}`
  const gid = (await lines('group', layers)).find((line) => line[0] === group)?.[2]
  if (gid === undefined) throw new UnknownUser(`unable to find group ${group}: no matching entries in group file`)
  return `${uid}:${gid}`
}

/** The group of a user by number, and the other groups that count him in; group 0 and none for somebody whom the image doesn't know. */
export async function accountOf(
  uid: number,
  layers: readonly string[],
): Promise<{ readonly gid: number; readonly groups: readonly number[] }> {
  const account = (await lines('passwd', layers)).find((line) => line[2] === String(uid))
  if (!account) return { gid: 0, groups: [] }
  const [name = '', , , gid = '0'] = account
  const others = (await lines('group', layers)).filter((line) => (line[3] ?? '').split(',').includes(name))
  return { gid: Number(gid), groups: others.map((line) => Number(line[2])) }
}

/** What an image says of its user, as numbers and, where it isn't one, by name. Throws {@link UnknownUser}. */
export async function userIn(user: string, layers: readonly string[]): Promise<Pick<Image, 'user' | 'userName'>> {
  const [name = ''] = user.split(':')
  return { user: await numericUser(user, layers), userName: isNumber(name) ? '' : name }
}

const isNumber = (text: string): boolean => /^\d+$/.test(text)

/** The uppermost layer's file counts. An image's links are not followed: on this side they would lead to the machine's own files. */
async function lines(name: 'passwd' | 'group', layers: readonly string[]): Promise<string[][]> {
  for (const layer of layers) {
    const etc = await lstat(join(layer, 'etc')).catch(() => undefined)
    if (etc && !etc.isDirectory()) return []
    const file = join(layer, 'etc', name)
    const found = await lstat(file).catch(() => undefined)
    if (found?.isFile() && found.size <= MOST) return (await readFile(file, 'utf8')).split('\n').map((line) => line.split(':'))
    if (found) return []
  }
  return []
}
