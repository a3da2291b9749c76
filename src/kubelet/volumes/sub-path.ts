import { mkdir, realpath } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import type { Container, VolumeMount } from '../../api/index.ts'
import { ConfigError } from '../container/env.ts'

export interface SubPathFacts {
  readonly container: Container
  /** The volume's own folder, or the file that a hostPath names. */
  readonly root: string
  readonly env: Readonly<Record<string, string>>
}

/**
 * What of a volume is mounted: all of it, or what `subPath` or `subPathExpr` names, which is made where it is missing. Throws a
 * {@link ConfigError} for a path that leads out of the volume, by dots or by a link that a container left there.
 */
export async function mountSource(mount: VolumeMount, { container, root, env }: SubPathFacts): Promise<string> {
  const below = mount.subPathExpr === undefined ? (mount.subPath ?? '') : expandStrictly(mount.subPathExpr, env)
  if (below === '') return root
  if (isAbsolute(below)) throw new ConfigError(`subPath "${below}" must not be an absolute path`)
  if (below.split('/').includes('..')) throw new ConfigError(`subPath "${below}" must not contain ".."`)
  const source = join(root, below)
  try {
    const home = await realpath(root)
    if (!isBelow(home, await deepest(source))) throw new Error('it leads out of its volume')
    await mkdir(source, { recursive: true }).catch(ignoreExisting)
    return await realpath(source)
  } catch {
    throw new ConfigError(`failed to prepare subPath for volumeMount "${mount.name}" of container "${container.name}"`)
  }
}

const isBelow = (home: string, path: string): boolean => path === home || path.startsWith(`${home}/`)

/** Where the part of a path that is there really lies. */
async function deepest(path: string): Promise<string> {
  return realpath(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return deepest(join(path, '..'))
  })
}

/** Unlike elsewhere, a variable that isn't there is an error (ExpandContainerVolumeMounts). */
const expandStrictly = (text: string, env: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\$\$|\$\(([^)]*)\)/g, (_, name: string | undefined) => {
    if (name === undefined) return '$'
    const value = env[name]
    if (value === undefined) throw new ConfigError(`missing value for "${name}"`)
    return value
  })

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
