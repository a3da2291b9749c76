import { createHash } from 'node:crypto'
import { chmod, chown, mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Container, HostPathVolumeSource, Pod, Volume } from '../../api/index.ts'
import type { Mount } from '../container/config.ts'
import { expand } from '../container/expand.ts'
import type { Layout } from '../layout.ts'
import { volumeFiles, type VolumeSources } from './sources.ts'
import { VolumeError } from './volume-error.ts'
import { writeVolume } from './write.ts'

/** Makes the Pod's volumes, or brings them up to date; throws a {@link VolumeError} for one that can't be had. */
export async function prepareVolumes(pod: Pod, layout: Layout, sources: VolumeSources): Promise<void> {
  for (const volume of pod.spec?.volumes ?? []) {
    const folder = layout.volume(pod.metadata.uid ?? '', volume.name)
    try {
      await prepareVolume(pod, volume, { folder, sources })
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error
      throw new VolumeError(`MountVolume.SetUp failed for volume "${volume.name}" : ${error.message}`)
    }
  }
}

async function prepareVolume(
  pod: Pod,
  volume: Volume,
  { folder, sources }: { folder: string; sources: VolumeSources },
): Promise<void> {
  if (volume.hostPath) return prepareHostPath(volume.hostPath)
  const files = await volumeFiles(pod, volume, sources)
  if (!files && !volume.emptyDir) throw new VolumeError('this kind of volume is not supported')
  await mkdir(folder, { recursive: true })
  if (files) {
    const hash = createHash('sha256')
    for (const { path, content, mode } of files) hash.update(`${path}\0${mode}\0`).update(content)
    return writeVolume(folder, files, hash.digest('hex').slice(0, 12))
  }
  await chmod(folder, 0o777)
  const { fsGroup } = pod.spec?.securityContext ?? {}
  if (fsGroup !== undefined) await chown(folder, 0, fsGroup).then(() => chmod(folder, 0o2777))
}

/** A path on the machine, made or only looked at, as `type` says. */
async function prepareHostPath({ path, type = '' }: HostPathVolumeSource): Promise<void> {
  if (type === 'DirectoryOrCreate') await mkdir(path, { recursive: true })
  if (type === 'FileOrCreate') await writeFile(path, '', { flag: 'a' })
  const found = await stat(path).catch(() => undefined)
  if (type.startsWith('Directory') && !found?.isDirectory())
    throw new VolumeError(`hostPath type check failed: ${path} is not a directory`)
  if (type.startsWith('File') && !found?.isFile()) throw new VolumeError(`hostPath type check failed: ${path} is not a file`)
  if (type === 'Socket' && !found?.isSocket()) throw new VolumeError(`hostPath type check failed: ${path} is not a socket file`)
  if (!found) await mkdir(path, { recursive: true })
}

/** The container's volume mounts as bind mounts. Folders for a subPath are made. */
export async function volumeMounts(
  pod: Pod,
  container: Container,
  { layout, env }: { layout: Layout; env: Readonly<Record<string, string>> },
): Promise<Mount[]> {
  const mounts: Mount[] = []
  for (const { name, mountPath, subPath, subPathExpr, readOnly } of container.volumeMounts ?? []) {
    const volume = pod.spec?.volumes?.find((candidate) => candidate.name === name)
    const root = volume?.hostPath?.path ?? layout.volume(pod.metadata.uid ?? '', name)
    const below = subPathExpr === undefined ? (subPath ?? '') : expand(subPathExpr, env)
    const source = join(root, below)
    if (below !== '' && !(await stat(source).catch(() => undefined))) await mkdir(source, { recursive: true })
    mounts.push(bindMount(source, mountPath, readOnly === true || isFromApi(volume)))
  }
  return mounts
}

const isFromApi = (volume: Volume | undefined): boolean =>
  (volume?.configMap ?? volume?.secret ?? volume?.projected ?? volume?.downwardAPI) !== undefined

export const bindMount = (source: string, destination: string, readOnly = false): Mount => ({
  destination,
  type: 'bind',
  source,
  options: ['rbind', 'rprivate', readOnly ? 'ro' : 'rw'],
})
