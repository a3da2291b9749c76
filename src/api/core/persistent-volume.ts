import type { PersistentVolume, PersistentVolumeClaim } from '../generated/types.gen.ts'
import { defineKind } from '../kinds/define.ts'
import { age, text, wide } from '../printing/columns.ts'
import { persistentVolumeClaims, persistentVolumes } from '../resources.ts'
import { specAndStatus } from '../strategy.ts'
import { validateClaim, validateClaimUpdate, validateVolume, validateVolumeUpdate } from './persistent-volume-validation.ts'

const SHORT_MODES: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
}

const accessModes = (modes: readonly string[] = []): string =>
  Object.keys(SHORT_MODES)
    .filter((mode) => modes.includes(mode))
    .map((mode) => SHORT_MODES[mode])
    .join(',')

const phase = (object: PersistentVolume | PersistentVolumeClaim): string =>
  object.metadata.deletionTimestamp ? 'Terminating' : (object.status?.phase ?? '')

const volumes = specAndStatus<PersistentVolume>({ generation: false })

export const persistentVolume = defineKind<PersistentVolume>(persistentVolumes, {
  schema: 'io.k8s.api.core.v1.PersistentVolume',
  shortNames: ['pv'],
  subresources: ['status'],
  setDefaults: (object) => {
    const spec = (object.spec ??= {})
    spec.persistentVolumeReclaimPolicy ||= 'Retain'
    spec.volumeMode ??= 'Filesystem'
    if (spec.hostPath) spec.hostPath.type ??= ''
    object.status = { phase: 'Pending', ...object.status }
  },
  prepareForCreate: (object) => {
    object.status = { phase: 'Pending' }
  },
  prepareForUpdate: volumes.prepareForUpdate,
  validate: validateVolume,
  validateUpdate: validateVolumeUpdate,
  selectableFields: (object) => ({ name: object.metadata.name ?? '' }),
  columns: [
    text('Capacity', 'How much it holds.', (object) => object.spec?.capacity?.['storage'] ?? '0'),
    text('Access Modes', 'How it may be mounted.', (object) => accessModes(object.spec?.accessModes)),
    text('Reclaim Policy', 'What becomes of it.', (object) => object.spec?.persistentVolumeReclaimPolicy ?? ''),
    text('Status', 'Its phase.', phase),
    text('Claim', 'Who has it.', ({ spec }) =>
      spec?.claimRef ? `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}` : '',
    ),
    text('StorageClass', 'StorageClass of the pv', (object) => object.spec?.storageClassName ?? ''),
    text(
      'VolumeAttributesClass',
      'VolumeAttributesClass of the pv',
      (object) => object.spec?.volumeAttributesClassName ?? '<unset>',
    ),
    text('Reason', 'Why it is in its phase.', (object) => object.status?.reason ?? ''),
    age,
    wide('VolumeMode', 'Filesystem or Block.', (object) => object.spec?.volumeMode ?? '<unset>'),
  ],
})

export const persistentVolumeClaim = defineKind<PersistentVolumeClaim>(persistentVolumeClaims, {
  schema: 'io.k8s.api.core.v1.PersistentVolumeClaim',
  shortNames: ['pvc'],
  subresources: ['status'],
  setDefaults: (object) => {
    const spec = (object.spec ??= {})
    spec.volumeMode ??= 'Filesystem'
    object.status = { phase: 'Pending', ...object.status }
  },
  prepareForCreate: (object) => {
    object.status = { phase: 'Pending' }
  },
  prepareForUpdate: specAndStatus<PersistentVolumeClaim>({ generation: false }).prepareForUpdate,
  validate: validateClaim,
  validateUpdate: validateClaimUpdate,
  selectableFields: (object) => ({ name: object.metadata.name ?? '' }),
  columns: [
    text('Status', 'Its phase.', phase),
    text('Volume', 'The volume it got.', (object) => object.spec?.volumeName ?? ''),
    text('Capacity', 'How much it got.', ({ spec, status }) => (spec?.volumeName ? (status?.capacity?.['storage'] ?? '0') : '')),
    text('Access Modes', 'How it may be mounted.', ({ spec, status }) =>
      spec?.volumeName ? accessModes(status?.accessModes) : '',
    ),
    text('StorageClass', 'StorageClass of the pvc', (object) => object.spec?.storageClassName ?? ''),
    text(
      'VolumeAttributesClass',
      'VolumeAttributesClass of the pvc',
      (object) => object.spec?.volumeAttributesClassName ?? '<unset>',
    ),
    age,
    wide('VolumeMode', 'Filesystem or Block.', (object) => object.spec?.volumeMode ?? '<unset>'),
  ],
})
