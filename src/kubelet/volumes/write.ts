import { mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** One file of a volume whose content comes from the API. */
export interface VolumeFile {
  /** Relative, `ca.crt` or `etc/app.conf`. */
  readonly path: string
  readonly content: Uint8Array | string
  readonly mode: number
}

/**
 * Writes a volume's files so that a reader sees either all old ones or all new ones: they lie in a folder of their own
 * that the link `..data` points at, and each file's name is a link through it (pkg/volume/util/atomic_writer.go).
 * `version` names the folder and changes with the content.
 */
export async function writeVolume(folder: string, files: readonly VolumeFile[], version: string): Promise<void> {
  const data = join(folder, `..${version}`)
  await mkdir(data, { recursive: true })
  for (const { path, content, mode } of files) {
    await mkdir(dirname(join(data, path)), { recursive: true })
    await writeFile(join(data, path), content, { mode })
  }
  await symlink(`..${version}`, join(folder, '..data_tmp'))
  await rename(join(folder, '..data_tmp'), join(folder, '..data'))
  const names = new Set(files.map(({ path }) => path.split('/')[0] ?? path))
  for (const name of names) await symlink(`..data/${name}`, join(folder, name)).catch(ignoreExisting)
  for (const old of await readdir(folder)) {
    const kept = old === '..data' || old === `..${version}` || names.has(old)
    if (!kept) await rm(join(folder, old), { recursive: true, force: true })
  }
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
