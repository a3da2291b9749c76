import type { Service } from '../../generated/types.gen.ts'
import { defineKind } from '../../kinds/define.ts'
import { services } from '../../resources.ts'
import { serviceColumns } from './columns.ts'
import { setServiceDefaults } from './defaults.ts'
import { prepareForCreate, prepareForUpdate } from './strategy.ts'

export const service = defineKind<Service>(services, {
  schema: 'io.k8s.api.core.v1.Service',
  shortNames: ['svc'],
  categories: ['all'],
  subresources: ['status', 'proxy'],
  nameRule: 'dns-1123-label',
  setDefaults: setServiceDefaults,
  prepareForCreate,
  prepareForUpdate,
  selectableFields: ({ spec }) => ({ 'spec.clusterIP': spec?.clusterIP ?? '', 'spec.type': spec?.type ?? '' }),
  columns: serviceColumns,
})
