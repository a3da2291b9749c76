import { createHash } from 'node:crypto'
import type { Stats } from 'node:fs'
import { chmod, chown, mkdir, stat, writeFile } from 'node:fs/promises'
import {
  type Container,
  type EmptyDirVolumeSource,
  type HostPathVolumeSource,
  type Pod,
  podLimits,
  quantityValue,
  type Volume,
} from '../../api/index.ts'
import type { Mounts } from '../../kernel/index.ts'
import { messageOf } from '../../lib/index.ts'
import type { Mount } from '../container/config.ts'
import type { Allocatable } from '../container/resource-field.ts'
import type { Layout } from '../layout.ts'
import { isFromApi, volumeFiles, type VolumeSources } from './sources.ts'
import { mountSource } from './sub-path.ts'
import { VolumeError } from './volume-error.ts'
import { writeVolume } from './write.ts'

interface Preparing {
  readonly layout: Layout
  readonly sources: VolumeSources
  readonly mounts: Mounts
}

/** Makes the Pod's volumes, or brings them up to date; throws a {@link VolumeError} for one that can't be had. */
export async function prepareVolumes(pod: Pod, preparing: Preparing): Promise<void> {
  for (const volume of pod.spec?.volumes ?? []) await named(volume, prepareVolume(pod, volume, preparing))
}

/** Brings the volumes whose content comes from the API up to date; throws a {@link VolumeError} and leaves that one as it was. */
export async function refreshVolumes(pod: Pod, preparing: Preparing): Promise<void> {
  for (const volume of (pod.spec?.volumes ?? []).filter(isFromApi)) await named(volume, prepareVolume(pod, volume, preparing))
}

async function named({ name }: Volume, work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    throw new VolumeError(`MountVolume.SetUp failed for volume "${name}" : ${messageOf(error)}`)
  }
}

async function prepareVolume(pod: Pod, volume: Volume, { layout, sources, mounts }: Preparing): Promise<void> {
  if (volume.hostPath) return prepareHostPath(volume.hostPath)
  const folder = layout.volume(pod.metadata.uid ?? '', volume.name)
  const files = await volumeFiles(pod, volume, sources)
  if (!files && !volume.emptyDir) throw new VolumeError('this kind of volume is not supported')
  await mkdir(folder, { recursive: true })
  if (volume.emptyDir) return prepareEmptyDir(pod, volume.emptyDir, { folder, mounts, allocatable: sources.allocatable })
  const hash = createHash('sha256')
  for (const { path, content, mode, owner } of files ?? []) hash.update(`${path}\0${mode}\0${owner}\0`).update(content)
  return writeVolume(folder, files ?? [], hash.digest('hex').slice(0, 12))
}

/**
 * A folder of the Pod's own that anybody may write to; it belongs to the Pod's group where there is one. In memory it may have the
 * least of what the volume, the Pod and the node have (KEP-1967).
 */
async function prepareEmptyDir(
  pod: Pod,
  { medium, sizeLimit }: EmptyDirVolumeSource,
  { folder, mounts, allocatable }: { folder: string; mounts: Mounts; allocatable: Allocatable },
): Promise<void> {
  if (medium === 'Memory') {
    const bounds = [sizeLimit, allocatable['memory']].map((bound) => (bound === undefined ? 0 : quantityValue(bound)))
    const size = Math.min(...[...bounds, podMemory(pod)].filter((bound) => bound > 0))
    await mounts.tmpfs(folder, { mode: '0777', ...(Number.isFinite(size) && { size }) })
  }
  const { fsGroup } = pod.spec?.securityContext ?? {}
  if (fsGroup !== undefined) await chown(folder, 0, fsGroup)
  await chmod(folder, fsGroup === undefined ? 0o777 : 0o2777)
}

/** What the Pod may use together, in bytes; 0 for no limit. */
const podMemory = (pod: Pod): number => (podLimits(pod).get('memory') ?? 0) / 1000

/** The types of hostPath that only look, with what upstream calls the thing. */
const CHECKS: Readonly<Record<string, readonly [name: string, is: (found: Stats) => boolean]>> = {
  Directory: ['a directory', (found) => found.isDirectory()],
  DirectoryOrCreate: ['a directory', (found) => found.isDirectory()],
  File: ['a file', (found) => found.isFile()],
  FileOrCreate: ['a file', (found) => found.isFile()],
  Socket: ['a socket file', (found) => found.isSocket()],
  CharDevice: ['a character device', (found) => found.isCharacterDevice()],
  BlockDevice: ['a block device', (found) => found.isBlockDevice()],
}

/** A path on the machine, made or only looked at, as `type` says. */
async function prepareHostPath({ path, type = '' }: HostPathVolumeSource): Promise<void> {
  if (type === 'DirectoryOrCreate') await mkdir(path, { recursive: true })
  if (type === 'FileOrCreate') await writeFile(path, '', { flag: 'a' }).catch(() => {})
  const found = await stat(path).catch(() => undefined)
  const check = CHECKS[type]
  if (check && !(found && check[1](found))) throw new VolumeError(`hostPath type check failed: ${path} is not ${check[0]}`)
  if (!found) await mkdir(path, { recursive: true })
}

/** The container's volume mounts as bind mounts. Folders for a subPath are made. */
export async function volumeMounts(
  pod: Pod,
  container: Container,
  { layout, env, kernel }: { layout: Layout; env: Readonly<Record<string, string>>; kernel: { readonly mounts: Mounts } },
): Promise<Mount[]> {
  const mounts: Mount[] = []
  for (const mount of container.volumeMounts ?? []) {
    const { name, mountPath, readOnly, recursiveReadOnly = 'Disabled', mountPropagation = 'None' } = mount
    const volume = pod.spec?.volumes?.find((candidate) => candidate.name === name)
    const root = volume?.hostPath?.path ?? layout.volume(pod.metadata.uid ?? '', name)
    const source = await mountSource(mount, { container, root, env })
    const protects = readOnly === true || (volume !== undefined && isFromApi(volume))
    const propagation = PROPAGATIONS[mountPropagation] ?? PRIVATE
    if (propagation !== PRIVATE) await kernel.mounts.share(root)
    mounts.push(
      bindMount(source, mountPath, { readOnly: recursiveReadOnly === 'Disabled' ? protects : 'recursively', propagation }),
    )
  }
  return mounts
}

const PRIVATE = 'rprivate'
/** Whether what is mounted below a volume on one side is seen on the other, by its name in mount(8). */
const PROPAGATIONS: Readonly<Record<string, string>> = { HostToContainer: 'rslave', Bidirectional: 'rshared' }

interface BindOptions {
  readonly readOnly?: boolean | 'recursively'
  readonly propagation?: string
}

/** `recursively`: what is mounted below cannot be written to either (KEP-3857). */
export const bindMount = (
  source: string,
  destination: string,
  { readOnly = false, propagation = PRIVATE }: BindOptions = {},
): Mount => ({
  destination,
  type: 'bind',
  source,
  options: ['rbind', propagation, readOnly === 'recursively' ? 'rro' : readOnly ? 'ro' : 'rw'],
})
