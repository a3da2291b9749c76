import { forbidden, invalid, notSupported } from '../field.ts'
import type { PriorityClass } from '../generated/types.gen.ts'
import { defineKind } from '../kinds/define.ts'
import { age, boolean, integer, text } from '../printing/columns.ts'
import { priorityClasses } from '../resources.ts'
import { setGeneration } from '../strategy.ts'

const POLICIES = ['PreemptLowerPriority', 'Never']

export const priorityClass = defineKind<PriorityClass>(priorityClasses, {
  schema: 'io.k8s.api.scheduling.v1.PriorityClass',
  shortNames: ['pc'],
  setDefaults: (object) => {
    object.preemptionPolicy ??= 'PreemptLowerPriority'
  },
  prepareForCreate: (object) => setGeneration(object, 1),
  validate: ({ preemptionPolicy }) =>
    preemptionPolicy && !POLICIES.includes(preemptionPolicy)
      ? [notSupported('preemptionPolicy', preemptionPolicy, POLICIES)]
      : [],
  validateUpdate: (object, old) => [
    ...((object.value ?? 0) === (old.value ?? 0) ? [] : [forbidden('value', 'may not be changed in an update.')]),
    ...(object.preemptionPolicy === old.preemptionPolicy
      ? []
      : [invalid('preemptionPolicy', object.preemptionPolicy, 'field is immutable')]),
  ],
  columns: [
    integer('Value', 'The priority of Pods of this class.', (object) => object.value ?? 0),
    boolean('Global-Default', 'Whether Pods without a class are of this one.', (object) => object.globalDefault ?? false),
    age,
    text('PreemptionPolicy', 'Whether it may push others aside.', (object) => object.preemptionPolicy ?? ''),
  ],
})
