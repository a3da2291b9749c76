import { difference } from '../difference.ts'
import { semanticEqual } from '../equal.ts'
import { forbidden, invalid, invalids, notSupported, required } from '../field.ts'
import type { PersistentVolume, PersistentVolumeClaim } from '../generated/types.gen.ts'
import type { FieldError } from '../kind.ts'
import { dns1123Subdomain } from '../names.ts'
import { compareQuantities, parseQuantity } from '../quantity.ts'
import { validateNodeSelector } from './pod/validation/affinity.ts'
import { validateNoBacksteps } from './pod/validation/paths.ts'

const ACCESS_MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']
const RECLAIM_POLICIES = ['Delete', 'Recycle', 'Retain']
const VOLUME_MODES = ['Block', 'Filesystem']
const SOURCES = ['awsElasticBlockStore', 'azureDisk', 'azureFile', 'cephfs', 'cinder', 'csi', 'fc', 'flexVolume', 'flocker', 'gcePersistentDisk', 'glusterfs', 'hostPath', 'iscsi', 'local', 'nfs', 'photonPersistentDisk', 'portworxVolume', 'quobyte', 'rbd', 'scaleIO', 'storageos', 'vsphereVolume'] // prettier-ignore

type VolumeSpec = NonNullable<PersistentVolume['spec']>
type ClaimSpec = NonNullable<PersistentVolumeClaim['spec']>

const sourcesOf = (spec: VolumeSpec): Record<string, unknown> =>
  Object.fromEntries(Object.entries(spec).filter(([name, value]) => SOURCES.includes(name) && value !== undefined))

/** As upstream's `ValidatePersistentVolume`; of the sources themselves only those on the node's own disk. */
export function validateVolume({ spec = {} }: PersistentVolume): FieldError[] {
  const found = validateModes(spec, '')
  const { capacity = {}, persistentVolumeReclaimPolicy: policy } = spec
  const amounts = Object.entries(capacity)
  if (amounts.length === 0) found.push(required('spec.capacity'))
  if (amounts.length !== 1 || !('storage' in capacity)) {
    // What holds nothing is Go's nil.
    found.push(notSupported('spec.capacity', amounts.length === 0 ? [] : capacity, ['storage']))
  }
  for (const [name, amount] of amounts) found.push(...validatePositive(`spec.capacity[${name}]`, amount))
  if (policy !== undefined && !RECLAIM_POLICIES.includes(policy)) {
    found.push(notSupported('spec.persistentVolumeReclaimPolicy', policy, RECLAIM_POLICIES))
  }
  return [...found, ...validatePlace('spec.nodeAffinity', spec), ...validateSources(spec), ...validateClass(spec)]
}

function validatePlace(field: string, { nodeAffinity }: VolumeSpec): FieldError[] {
  if (!nodeAffinity) return []
  const { required: selector } = nodeAffinity
  if (!selector) return [required(`${field}.required`, 'must specify required node constraints')]
  return validateNodeSelector(`${field}.required`, selector)
}

function validateSources(spec: VolumeSpec): FieldError[] {
  const found: FieldError[] = []
  const [first, ...others] = Object.keys(sourcesOf(spec))
  if (first === undefined) found.push(required('spec', 'must specify a volume type'))
  for (const name of others) found.push(forbidden(`spec.${name}`, 'may not specify more than 1 volume type'))
  for (const name of ['hostPath', 'local'] as const) {
    const source = spec[name]
    if (source && !source.path) found.push(required(`spec.${name}.path`))
    else if (source) found.push(...validateNoBacksteps(`spec.${name}.path`, source.path))
  }
  if (spec.local) {
    if (!spec.nodeAffinity) found.push(required('spec.nodeAffinity', 'Local volume requires node affinity'))
  }
  if (spec.nfs) {
    if (!spec.nfs.server) found.push(required('spec.nfs.server'))
    if (!spec.nfs.path) found.push(required('spec.nfs.path'))
    else if (!spec.nfs.path.startsWith('/')) found.push(invalid('spec.nfs.path', spec.nfs.path, 'must be an absolute path'))
  }
  return found
}

function validateModes({ accessModes = [], volumeMode }: VolumeSpec | ClaimSpec, detail: string): FieldError[] {
  const found = accessModes.length === 0 ? [required('spec.accessModes', detail)] : []
  for (const mode of accessModes) {
    if (!ACCESS_MODES.includes(mode)) found.push(notSupported('spec.accessModes', mode, ACCESS_MODES))
  }
  const known = accessModes.filter((mode) => ACCESS_MODES.includes(mode))
  if (known.includes('ReadWriteOncePod') && known.some((mode) => mode !== 'ReadWriteOncePod')) {
    found.push(forbidden('spec.accessModes', 'may not use ReadWriteOncePod with other access modes'))
  }
  if (volumeMode !== undefined && !VOLUME_MODES.includes(volumeMode)) {
    found.push(notSupported('spec.volumeMode', volumeMode, VOLUME_MODES))
  }
  return found
}

const validatePositive = (field: string, amount: string): FieldError[] =>
  (parseQuantity(amount) ?? 0n) > 0n ? [] : [invalid(field, amount, 'must be greater than zero')]

const validateClass = ({ storageClassName: name = '' }: VolumeSpec | ClaimSpec): FieldError[] =>
  name === '' ? [] : invalids('spec.storageClassName', name, dns1123Subdomain(name))

/** What it is can't become something else. As upstream's `ValidatePersistentVolumeUpdate`. */
export function validateVolumeUpdate({ spec = {} }: PersistentVolume, { spec: was = {} }: PersistentVolume): FieldError[] {
  const found: FieldError[] = []
  const [now, before] = [sourcesOf(spec), sourcesOf(was)]
  if (!semanticEqual(now, before)) {
    const rule = 'spec.persistentvolumesource is immutable after creation'
    found.push(forbidden('spec.persistentvolumesource', `${rule}\n${difference('core.PersistentVolumeSource', before, now)}`))
  }
  if (spec.volumeMode !== was.volumeMode) found.push(invalid('spec.volumeMode', spec.volumeMode, 'field is immutable'))
  return found
}

/** As upstream's `ValidatePersistentVolumeClaim`. */
export function validateClaim({ spec = {} }: PersistentVolumeClaim): FieldError[] {
  const found = validateModes(spec, 'at least 1 access mode is required')
  const amount = spec.resources?.requests?.['storage']
  const field = 'spec.resources[storage]'
  found.push(...(amount === undefined ? [required(field)] : validatePositive(field, amount)))
  return [...found, ...validateClass(spec)]
}

const MUTABLE = 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'

/** A claim may grow once it is bound, and gets its volume and class later. As upstream's `ValidatePersistentVolumeClaimUpdate`. */
export function validateClaimUpdate(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const { spec = {} } = claim
  const { spec: was = {} } = old
  const bound = old.status?.phase === 'Bound'
  const kept = {
    ...spec,
    ...(!was.volumeName && { volumeName: was.volumeName }),
    ...(!was.storageClassName && { storageClassName: was.storageClassName }),
    ...(bound && { resources: was.resources, volumeAttributesClassName: was.volumeAttributesClassName }),
  }
  const found: FieldError[] = []
  if (!semanticEqual(kept, was)) {
    found.push(forbidden('spec', `${MUTABLE}\n${difference('core.PersistentVolumeClaimSpec', was, kept)}`))
  }
  const [size, before] = [spec, was].map(({ resources }) => resources?.requests?.['storage'] ?? '0') as [string, string]
  if (compareQuantities(size, before) >= 0 || compareQuantities(size, old.status?.capacity?.['storage'] ?? '0') > 0) return found
  return [...found, forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity')]
}
