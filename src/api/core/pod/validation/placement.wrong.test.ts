import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { complaints } from './manifest.ts'
import type { Manifest } from './manifest.ts'

/** What is written, and all that is said about it, word for word. */
type Wrong = readonly [Manifest, ...string[]]

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution'
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution'
const NAME_PART =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
const OPERATOR = 'not a valid selector operator'

const spec = (given: object): Manifest => ({ spec: given })
const toleration = (given: object): Manifest => spec({ tolerations: [given] })
const nodes = (...nodeSelectorTerms: object[]): Manifest =>
  spec({ affinity: { nodeAffinity: { [REQUIRED]: { nodeSelectorTerms } } } })
const near = (given: object): Manifest => spec({ affinity: { podAffinity: { [REQUIRED]: [{ topologyKey: 'zone', ...given }] } } })
const apart = (given: object): Manifest => spec({ affinity: { podAntiAffinity: { [PREFERRED]: [given] } } })
const spread = (...given: object[]): Manifest =>
  spec({
    topologySpreadConstraints: given.map((one) => ({
      maxSkew: 1,
      topologyKey: 'zone',
      whenUnsatisfiable: 'DoNotSchedule',
      ...one,
    })),
  })
const NODES = `spec.affinity.nodeAffinity.${REQUIRED}.nodeSelectorTerms`
const NEAR = `spec.affinity.podAffinity.${REQUIRED}[0]`
const APART = `spec.affinity.podAntiAffinity.${PREFERRED}[0]`
const SPREAD = 'spec.topologySpreadConstraints[0]'

const tolerations: readonly Wrong[] = [
  [
    toleration({ operator: 'Equal' }),
    'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
  ],
  [
    toleration({ key: 'a', operator: 'Exists', value: 'b' }),
    `spec.tolerations[0].operator: Invalid value: "b": value must be empty when \`operator\` is 'Exists'`,
  ],
  [
    toleration({ key: 'a', operator: 'In' }),
    'spec.tolerations[0].operator: Unsupported value: "In": supported values: "Equal", "Exists"',
  ],
  [
    toleration({ key: 'a', effect: 'Never' }),
    'spec.tolerations[0].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
  ],
  [
    toleration({ key: 'a', effect: 'NoSchedule', tolerationSeconds: 1 }),
    `spec.tolerations[0].effect: Invalid value: "NoSchedule": effect must be 'NoExecute' when \`tolerationSeconds\` is set`,
  ],
  [toleration({ key: 'a b' }), `spec.tolerations[0].key: Invalid value: "a b": ${NAME_PART}`],
]

const affinity: readonly Wrong[] = [
  [nodes(), `${NODES}: Required value: must have at least one node selector term`],
  [
    nodes({ matchExpressions: [{ key: 'a', operator: 'In' }] }),
    `${NODES}[0].matchExpressions[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
  ],
  [
    nodes({ matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] }),
    `${NODES}[0].matchExpressions[0].values: Forbidden: may not be specified when \`operator\` is 'Exists' or 'DoesNotExist'`,
  ],
  [
    nodes({ matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1', '2'] }] }),
    `${NODES}[0].matchExpressions[0].values: Required value: must be specified single value when \`operator\` is 'Lt' or 'Gt'`,
  ],
  [
    nodes({ matchExpressions: [{ key: 'a', operator: 'Like' }] }),
    `${NODES}[0].matchExpressions[0].operator: Invalid value: "Like": ${OPERATOR}`,
  ],
  [
    nodes({ matchFields: [{ key: 'spec.a', operator: 'In', values: ['b'] }] }),
    `${NODES}[0].matchFields[0].key: Invalid value: "spec.a": not a valid field selector key`,
  ],
  [
    nodes({ matchFields: [{ key: 'metadata.name', operator: 'In', values: [] }] }),
    `${NODES}[0].matchFields[0].values: Required value: must be only one value when \`operator\` is 'In' or 'NotIn' for node field selector`,
  ],
  [
    spec({ affinity: { nodeAffinity: { [PREFERRED]: [{ weight: 101, preference: {} }] } } }),
    `spec.affinity.nodeAffinity.${PREFERRED}[0].weight: Invalid value: 101: must be in the range 1-100`,
  ],
  [
    near({ topologyKey: '' }),
    `${NEAR}.topologyKey: Required value: can not be empty`,
    `${NEAR}.topologyKey: Invalid value: "": name part must be non-empty`,
    `${NEAR}.topologyKey: Invalid value: "": ${NAME_PART}`,
  ],
  [
    near({ labelSelector: { matchExpressions: [{ key: 'a', operator: 'Is' }] } }),
    `${NEAR}.labelSelector.matchExpressions[0].operator: Invalid value: "Is": ${OPERATOR}`,
  ],
  [near({ matchLabelKeys: ['a'] }), `${NEAR}.matchLabelKeys: Forbidden: must not be specified when labelSelector is not set`],
  [
    near({ labelSelector: {}, matchLabelKeys: ['a'], mismatchLabelKeys: ['a'] }),
    `${NEAR}.matchLabelKeys[0]: Invalid value: "a": exists in both matchLabelKeys and mismatchLabelKeys`,
  ],
  [
    apart({ weight: 0, podAffinityTerm: { topologyKey: 'zone' } }),
    `${APART}.weight: Invalid value: 0: must be in the range 1-100`,
  ],
]

const spreading: readonly Wrong[] = [
  [spread({ maxSkew: 0 }), `${SPREAD}.maxSkew: Invalid value: 0: must be greater than zero`],
  [spread({ topologyKey: '' }), `${SPREAD}.topologyKey: Required value: can not be empty`],
  [
    spread({ whenUnsatisfiable: 'Wait' }),
    `${SPREAD}.whenUnsatisfiable: Unsupported value: "Wait": supported values: "DoNotSchedule", "ScheduleAnyway"`,
  ],
  [spread({}, {}), `${SPREAD}.{topologyKey, whenUnsatisfiable}: Duplicate value: "{zone, DoNotSchedule}"`],
  [
    spread({ minDomains: 1, whenUnsatisfiable: 'ScheduleAnyway' }),
    `${SPREAD}.minDomains: Invalid value: 1: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway`,
  ],
  [
    spread({ nodeTaintsPolicy: 'Mind' }),
    `${SPREAD}.nodeTaintsPolicy: Unsupported value: "Mind": supported values: "Honor", "Ignore"`,
  ],
  [
    spread({ matchLabelKeys: ['a'], labelSelector: { matchLabels: { a: 'b' } } }),
    `${SPREAD}.matchLabelKeys[0]: Invalid value: "a": exists in both matchLabelKeys and labelSelector`,
  ],
]

const whole: readonly Wrong[] = [
  [
    spec({ restartPolicy: 'Maybe' }),
    'spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "OnFailure", "Never"',
  ],
  [
    spec({ dnsPolicy: 'Some' }),
    'spec.dnsPolicy: Unsupported value: "Some": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"',
  ],
  [spec({ dnsPolicy: 'None' }), 'spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None'],
  [
    spec({ dnsConfig: { nameservers: ['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4'] } }),
    'spec.dnsConfig.nameservers: Invalid value: ["1.1.1.1","1.1.1.2","1.1.1.3","1.1.1.4"]: must not have more than 3 nameservers',
  ],
  [
    spec({ dnsConfig: { searches: ['a b'] } }),
    `spec.dnsConfig.searches[0]: Invalid value: "a b": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')`,
  ],
  [spec({ dnsConfig: { options: [{ value: '1' }] } }), 'spec.dnsConfig.options[0]: Required value: must not be empty'],
  [
    spec({ hostAliases: [{ ip: 'here' }] }),
    'spec.hostAliases[0].ip: Invalid value: "here": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
  ],
  [
    spec({ activeDeadlineSeconds: 0 }),
    'spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive',
  ],
  [
    spec({ readinessGates: [{ conditionType: 'a b' }] }),
    `spec.readinessGates[0].conditionType: Invalid value: "a b": ${NAME_PART}`,
  ],
  [spec({ schedulingGates: [{ name: 'a' }, { name: 'a' }] }), 'spec.schedulingGates[1]: Duplicate value: "a"'],
  [
    spec({ nodeName: 'n', schedulingGates: [{ name: 'a' }] }),
    'spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared',
  ],
  [
    spec({ preemptionPolicy: 'Ask' }),
    'spec.preemptionPolicy: Unsupported value: "Ask": supported values: "PreemptLowerPriority", "Never"',
  ],
  [spec({ overhead: { cpu: '-1' } }), 'spec.overhead.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0'],
  [spec({ os: { name: 'plan9' } }), 'spec.os: Unsupported value: "plan9": supported values: "linux", "windows"'],
  [
    { annotations: { 'controller.kubernetes.io/pod-deletion-cost': '+1' } },
    'metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "+1": must be a 32bit integer',
  ],
  [
    { annotations: { 'kubernetes.io/config.mirror': 'x' } },
    'metadata.annotations[kubernetes.io/config.mirror]: Invalid value: "x": must set spec.nodeName if mirror pod annotation is set',
  ],
]

for (const [title, cases] of Object.entries({ tolerations, affinity, spreading, whole })) {
  describe(`Pods are refused in upstream's words: ${title} [POD-7]`, () => {
    for (const [manifest, ...texts] of cases) test(texts[0]!, () => assert.deepEqual(complaints(manifest), texts))
  })
}
