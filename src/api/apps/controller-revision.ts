import type { ControllerRevision } from '../generated/types.gen.ts'
import { defineKind } from '../kinds/define.ts'
import { controllerOf } from '../owners.ts'
import { age, integer, text } from '../printing/columns.ts'
import { controllerRevisions } from '../resources.ts'

export const controllerRevision = defineKind<ControllerRevision>(controllerRevisions, {
  schema: 'io.k8s.api.apps.v1.ControllerRevision',
  columns: [
    text('Controller', 'Controller of the object', controller),
    { ...integer('Revision', 'Which revision this is.', (object) => object.revision), type: 'string' },
    age,
  ],
})

/** `statefulset.apps/web` */
function controller(object: ControllerRevision): string {
  const owner = controllerOf(object)
  if (!owner) return '<none>'
  const [group = '', version] = owner.apiVersion.split('/')
  return `${owner.kind.toLowerCase()}${version ? `.${group}` : ''}/${owner.name}`
}
