import type { PodTemplate, PodTemplateSpec } from '../generated/types.gen.ts'
import { defineKind } from '../kinds/define.ts'
import type { Draft } from '../object.ts'
import { formatLabels, images, names, text } from '../printing/columns.ts'
import { podTemplates } from '../resources.ts'
import { setPodSpecDefaults } from './pod/defaults.ts'

export const podTemplate = defineKind<PodTemplate>(podTemplates, {
  schema: 'io.k8s.api.core.v1.PodTemplate',
  setDefaults: (object) => setTemplateDefaults(object.template),
  columns: [
    text('Containers', 'Names of each container in the template.', (object) => names(object.template?.spec?.containers)),
    text('Images', 'Images referenced by each container in the template.', (object) => images(object.template?.spec?.containers)),
    text('Pod Labels', 'The labels for the pod template.', (object) => formatLabels(object.template?.metadata?.labels)),
  ],
})

/** The defaults of a Pod template within a workload. */
export function setTemplateDefaults(template: Draft<PodTemplateSpec> | undefined): void {
  if (template?.spec) setPodSpecDefaults(template.spec)
}
