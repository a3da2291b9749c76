import { chmod, chown, mkdir, readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** One file of a volume whose content comes from the API. */
export interface VolumeFile {
  /** Relative, `ca.crt` or `etc/app.conf`. */
  readonly path: string
  readonly content: Uint8Array | string
  readonly mode: number
  /** `uid:gid`; root's when left out. */
  readonly owner?: string | undefined
}

/**
 * Writes a volume's files so that a reader sees either all old ones or all new ones: they lie in a folder of their own
 * that the link `..data` points at, and each file's name is a link through it (pkg/volume/util/atomic_writer.go).
 * `version` names the folder and changes with the content; one that is there already is left alone.
 */
export async function writeVolume(folder: string, files: readonly VolumeFile[], version: string): Promise<void> {
  if ((await readlink(join(folder, '..data')).catch(() => '')) === `..${version}`) return
  const data = join(folder, `..${version}`)
  await mkdir(data, { recursive: true })
  for (const file of files) await writeFileTo(data, file)
  await rm(join(folder, '..data_tmp'), { force: true })
  await symlink(`..${version}`, join(folder, '..data_tmp'))
  await rename(join(folder, '..data_tmp'), join(folder, '..data'))
  const names = new Set(files.map(({ path }) => path.split('/')[0] ?? path))
  for (const name of names) await symlink(`..data/${name}`, join(folder, name)).catch(ignoreExisting)
  for (const old of await readdir(folder)) {
    const kept = old === '..data' || old === `..${version}` || names.has(old)
    if (!kept) await rm(join(folder, old), { recursive: true, force: true })
  }
}

async function writeFileTo(data: string, { path, content, mode, owner }: VolumeFile): Promise<void> {
  const file = join(data, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, content)
  if (owner !== undefined) {
    const [uid = 0, gid = 0] = owner.split(':').map(Number)
    await chown(file, uid, gid)
  }
  // After the owner, whose change takes away some bits; and whatever this process's umask is.
  await chmod(file, mode)
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
