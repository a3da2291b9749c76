import type { ConfigMap, DownwardAPIVolumeFile, KeyToPath, Pod, Secret, Volume, VolumeProjection } from '../../api/index.ts'
import { fieldValue, type FieldFacts } from '../container/field-ref.ts'
import { type Allocatable, resourceValue } from '../container/resource-field.ts'
import type { VolumeFile } from './write.ts'
import { VolumeError } from './volume-error.ts'

/** What volumes may be filled from. */
export interface VolumeSources extends FieldFacts {
  readonly configMap: (name: string) => Promise<ConfigMap | undefined>
  readonly secret: (name: string) => Promise<Secret | undefined>
  readonly allocatable: Allocatable
  /** A token of the Pod's service account, bound to the Pod. */
  readonly token: (audience: string | undefined, expirationSeconds: number) => Promise<string>
}

const MODE = 0o644

/** The files of a volume whose content comes from the API; undefined for a volume that is a plain folder. */
export async function volumeFiles(pod: Pod, volume: Volume, sources: VolumeSources): Promise<VolumeFile[] | undefined> {
  const files = await plainFiles(pod, volume, sources)
  const { fsGroup } = pod.spec?.securityContext ?? {}
  // The Pod's group may read what the Pod has (SetVolumeOwnership of pkg/volume).
  if (fsGroup !== undefined) return files?.map((file) => ({ ...file, mode: file.mode | 0o440, owner: `0:${fsGroup}` }))
  return files
}

/** Whether the volume's content comes from the API; such a volume is read-only, and follows its sources. */
export const isFromApi = ({ configMap, secret, projected, downwardAPI }: Volume): boolean =>
  (configMap ?? secret ?? projected ?? downwardAPI) !== undefined

async function plainFiles(pod: Pod, volume: Volume, sources: VolumeSources): Promise<VolumeFile[] | undefined> {
  const { configMap, secret, downwardAPI, projected } = volume
  if (configMap) return projectedFiles(pod, { configMap }, sources, configMap.defaultMode)
  if (secret) {
    const { secretName: name, items, optional, defaultMode } = secret
    return projectedFiles(pod, { secret: { name, items, optional } }, sources, defaultMode)
  }
  if (downwardAPI) return projectedFiles(pod, { downwardAPI }, sources, downwardAPI.defaultMode)
  if (!projected) return undefined
  const parts = (projected.sources ?? []).map((source) => projectedFiles(pod, source, sources, projected.defaultMode))
  return (await Promise.all(parts)).flat()
}

async function projectedFiles(pod: Pod, source: VolumeProjection, sources: VolumeSources, mode = MODE): Promise<VolumeFile[]> {
  const { configMap, secret, downwardAPI, serviceAccountToken: token } = source
  if (configMap) {
    const found = await sources.configMap(configMap.name ?? '')
    const data = found && { ...textData(found.data), ...binaryData(found.binaryData) }
    return keyFiles({ kind: 'configmap', data, mode, ...configMap })
  }
  if (secret) {
    const found = await sources.secret(secret.name ?? '')
    return keyFiles({ kind: 'secret', data: found && binaryData(found.data), mode, ...secret })
  }
  if (token) {
    const content = await sources.token(token.audience, token.expirationSeconds ?? 3600)
    return [{ path: token.path, content, ...privately(pod, mode) }]
  }
  return (downwardAPI?.items ?? []).map((item) => ({
    path: item.path,
    content: itemValue(pod, item, sources) ?? '',
    mode: item.mode ?? mode,
  }))
}

const itemValue = (pod: Pod, { fieldRef, resourceFieldRef }: DownwardAPIVolumeFile, sources: VolumeSources): string | undefined =>
  fieldRef ? fieldValue(pod, fieldRef.fieldPath, sources) : resourceFieldRef && resourceValue(pod, resourceFieldRef, sources)

/** A token is for the one user that the Pod's containers run as, where it is one (pkg/volume/projected). */
function privately(pod: Pod, mode: number): Pick<VolumeFile, 'mode' | 'owner'> {
  const { containers = [], initContainers = [], securityContext } = pod.spec ?? {}
  const users = new Set(
    [...containers, ...initContainers].map((one) => one.securityContext?.runAsUser ?? securityContext?.runAsUser),
  )
  const [user] = users
  return users.size === 1 && user !== undefined && securityContext?.fsGroup === undefined
    ? { mode: 0o600, owner: `${user}:0` }
    : { mode }
}

interface Keys {
  readonly kind: 'configmap' | 'secret'
  readonly name?: string
  readonly optional?: boolean
  readonly items?: readonly KeyToPath[]
  readonly mode: number
  readonly data: Readonly<Record<string, Uint8Array>> | undefined
}

function keyFiles({ kind, name = '', optional = false, items, mode, data }: Keys): VolumeFile[] {
  if (!data) {
    if (optional) return []
    throw new VolumeError(`${kind} "${name}" not found`)
  }
  const wanted = items ?? Object.keys(data).map((key): KeyToPath => ({ key, path: key }))
  return wanted.flatMap(({ key, path, mode: own }) => {
    const content = data[key]
    if (content) return [{ path, content, mode: own ?? mode }]
    if (optional) return []
    throw new VolumeError(`references non-existent ${kind === 'secret' ? 'secret' : 'config'} key: ${key}`)
  })
}

const mapValues = (data: Readonly<Record<string, string>> | undefined, encoding: 'utf8' | 'base64'): Record<string, Uint8Array> =>
  Object.fromEntries(Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, encoding)]))

const textData = (data: Readonly<Record<string, string>> | undefined): Record<string, Uint8Array> => mapValues(data, 'utf8')
const binaryData = (data: Readonly<Record<string, string>> | undefined): Record<string, Uint8Array> => mapValues(data, 'base64')
