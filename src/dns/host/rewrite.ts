import { chmod, chown, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'

/**
 * Gives a file a new text at one blow: whoever reads it gets the old or the new, also when this process is killed meanwhile. Owner
 * and mode stay. A file that is mounted by itself, as containers have their resolv.conf, can't be exchanged, and is
 * written over instead.
 */
export async function rewrite(path: string, text: string): Promise<void> {
  const target = await realpath(path)
  const { mode, uid, gid } = await stat(target)
  const beside = `${target}.portolan`
  await writeFile(beside, text)
  try {
    await chmod(beside, mode)
    await chown(beside, uid, gid)
    await rename(beside, target)
  } catch (error) {
    await rm(beside, { force: true })
    if (!isBusy(error)) throw error
    await writeFile(target, text)
  }
}

const isBusy = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'EBUSY'
