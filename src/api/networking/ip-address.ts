import type { IPAddress } from '../generated/types.gen.ts'
import { required } from '../field.ts'
import { defineKind } from '../kinds/define.ts'
import { validateCanonicalIP } from '../ip.ts'
import type { FieldError } from '../kind.ts'
import { validateImmutable } from '../metadata.ts'
import { text } from '../printing/columns.ts'
import { ipAddresses } from '../resources.ts'

export const ipAddress = defineKind<IPAddress>(ipAddresses, {
  schema: 'io.k8s.api.networking.v1.IPAddress',
  shortNames: ['ip'],
  // The name is the address, and IPv6 addresses hold colons.
  nameRule: 'path-segment',
  validate,
  validateUpdate: (object, old) => validateImmutable('spec.parentRef', object.spec?.parentRef, old.spec?.parentRef),
  selectableFields: ({ spec }) => ({
    'spec.parentRef.group': spec?.parentRef?.group ?? '',
    'spec.parentRef.resource': spec?.parentRef?.resource ?? '',
    'spec.parentRef.namespace': spec?.parentRef?.namespace ?? '',
    'spec.parentRef.name': spec?.parentRef?.name ?? '',
  }),
  columns: [text('ParentRef', 'Whose address it is.', parent)],
})

/** `services/default/kubernetes` */
function parent({ spec }: IPAddress): string {
  if (!spec?.parentRef) return ''
  const { group, resource, namespace, name } = spec.parentRef
  return [group ? `${resource}.${group}` : resource, ...(namespace ? [namespace] : []), name].join('/')
}

/** As upstream's `ValidateIPAddress`. */
function validate({ metadata, spec }: IPAddress): FieldError[] {
  const found = validateCanonicalIP('metadata.name', metadata.name ?? '')
  const field = 'spec.parentRef'
  if (!spec?.parentRef) return [...found, required(field)]
  if (!spec.parentRef.resource) found.push(required(`${field}.resource`))
  if (!spec.parentRef.name) found.push(required(`${field}.name`))
  return found
}
