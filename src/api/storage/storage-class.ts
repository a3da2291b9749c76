import type { StorageClass } from '../generated/types.gen.ts'
import { semanticEqual } from '../equal.ts'
import { forbidden, required } from '../field.ts'
import { defineKind } from '../kinds/define.ts'
import type { FieldError } from '../kind.ts'
import { validateImmutable } from '../metadata.ts'
import { age, boolean, name, text } from '../printing/columns.ts'
import { storageClasses } from '../resources.ts'

const DEFAULT = 'storageclass.kubernetes.io/is-default-class'

const isDefault = (object: StorageClass): boolean => object.metadata.annotations?.[DEFAULT] === 'true'

export const storageClass = defineKind<StorageClass>(storageClasses, {
  schema: 'io.k8s.api.storage.v1.StorageClass',
  shortNames: ['sc'],
  setDefaults: (object) => {
    object.reclaimPolicy ??= 'Delete'
    object.volumeBindingMode ??= 'Immediate'
  },
  validate: (object) => (object.provisioner ? [] : [required('provisioner')]),
  validateUpdate,
  columns: [
    { ...name, value: (object) => `${object.metadata.name ?? ''}${isDefault(object) ? ' (default)' : ''}` },
    text('Provisioner', 'Who makes the volumes.', (object) => object.provisioner),
    text('ReclaimPolicy', 'What becomes of the volumes.', (object) => object.reclaimPolicy ?? 'Delete'),
    text('VolumeBindingMode', 'When a volume is chosen.', (object) => object.volumeBindingMode ?? 'Immediate'),
    {
      ...boolean('AllowVolumeExpansion', 'Whether volumes may grow.', (object) => object.allowVolumeExpansion ?? false),
      type: 'string',
    },
    age,
  ],
})

/** Volumes were made by it. As upstream's `ValidateStorageClassUpdate`. */
function validateUpdate(object: StorageClass, old: StorageClass): FieldError[] {
  const fixed = (['parameters', 'provisioner', 'reclaimPolicy'] as const).filter(
    (field) => !semanticEqual(object[field], old[field]),
  )
  return [
    ...fixed.map((field) => forbidden(field, `updates to ${field} are forbidden.`)),
    ...validateImmutable('volumeBindingMode', object.volumeBindingMode, old.volumeBindingMode),
  ]
}
