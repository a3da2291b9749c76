import type { Pod } from '../../generated/types.gen.ts'
import { defineKind } from '../../kinds/define.ts'
import { pods } from '../../resources.ts'
import { podColumns } from './columns.ts'
import { setPodDefaults } from './defaults.ts'
import { prepareForCreate, prepareForUpdate, specChanged } from './strategy.ts'
import { validatePodUpdate } from './validation/update.ts'
import { validatePod } from './validation/pod.ts'

export const pod = defineKind<Pod>(pods, {
  schema: 'io.k8s.api.core.v1.Pod',
  shortNames: ['po'],
  categories: ['all'],
  subresources: ['status', 'log', 'exec', 'attach', 'portforward', 'proxy', 'binding', 'eviction'],
  setDefaults: setPodDefaults,
  prepareForCreate,
  prepareForUpdate,
  specChanged,
  validate: validatePod,
  validateUpdate: validatePodUpdate,
  selectableFields: ({ spec, status }) => ({
    'spec.nodeName': spec?.nodeName ?? '',
    'spec.restartPolicy': spec?.restartPolicy ?? '',
    'spec.schedulerName': spec?.schedulerName ?? '',
    'spec.serviceAccountName': spec?.serviceAccountName ?? '',
    'spec.hostNetwork': String(spec?.hostNetwork ?? false),
    'status.phase': status?.phase ?? '',
    'status.podIP': status?.podIPs?.[0]?.ip ?? '',
    'status.nominatedNodeName': status?.nominatedNodeName ?? '',
  }),
  columns: podColumns,
  rowConditions: ({ status }) => {
    if (status?.phase === 'Succeeded') return [{ ...OVER, reason: 'Succeeded', message: 'The pod has completed successfully.' }]
    return status?.phase === 'Failed' ? [{ ...OVER, reason: 'Failed', message: 'The pod failed.' }] : []
  },
})

const OVER = { type: 'Completed', status: 'True' } as const
