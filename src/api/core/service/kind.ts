import type { Service } from '../../generated/types.gen.ts'
import { defineKind } from '../../kinds/define.ts'
import { services } from '../../resources.ts'
import { serviceColumns } from './columns.ts'
import { setServiceDefaults } from './defaults.ts'
import { prepareForCreate, prepareForUpdate } from './strategy.ts'
import { validateClusterIPsUpdate, validateFamiliesUpdate } from './validate-cluster-ips.ts'
import { validateLoadBalancerClassUpdate, validateServiceStatus } from './validate-load-balancer.ts'
import { validateHealthCheckUpdate } from './validate-traffic.ts'
import { validateService } from './validation.ts'
import { serviceWarnings } from './warnings.ts'

export const service = defineKind<Service>(services, {
  schema: 'io.k8s.api.core.v1.Service',
  shortNames: ['svc'],
  categories: ['all'],
  subresources: ['status', 'proxy'],
  // A digit may come first since 1.36 (KEP-5311).
  nameRule: 'dns-1123-label',
  setDefaults: setServiceDefaults,
  prepareForCreate,
  prepareForUpdate,
  validate: validateService,
  validateUpdate: (object, old) => [
    ...validateClusterIPsUpdate(object, old),
    ...validateFamiliesUpdate(object, old),
    ...validateLoadBalancerClassUpdate(object, old),
    ...validateHealthCheckUpdate(object, old),
  ],
  validateStatusUpdate: validateServiceStatus,
  warnings: serviceWarnings,
  selectableFields: ({ spec }) => ({ 'spec.clusterIP': spec?.clusterIP ?? '', 'spec.type': spec?.type ?? '' }),
  columns: serviceColumns,
})
