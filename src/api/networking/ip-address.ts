import type { IPAddress } from '../generated/types.gen.ts'
import { defineKind } from '../kinds/define.ts'
import { text } from '../printing/columns.ts'
import { ipAddresses } from '../resources.ts'

export const ipAddress = defineKind<IPAddress>(ipAddresses, {
  schema: 'io.k8s.api.networking.v1.IPAddress',
  shortNames: ['ip'],
  // The name is the address, and IPv6 addresses hold colons.
  nameRule: 'path-segment',
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
