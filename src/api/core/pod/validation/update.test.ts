import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { complaints, complaintsOfUpdate } from './manifest.ts'
import type { Manifest } from './manifest.ts'

const spec = (given: object): Manifest => ({ spec: given })
const image = (name: string): Manifest => spec({ containers: [{ name: 'c', image: name }] })
const gated = (given: object): Manifest => spec({ schedulingGates: [{ name: 'g' }], ...given })
const terms = (...nodeSelectorTerms: object[]): object => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
})
const has = (key: string): object => ({ key, operator: 'Exists' })
const toleration = { key: 'a', operator: 'Exists', effect: 'NoExecute' }

describe('of a Pod may change [POD-7]', () => {
  const cases: Readonly<Record<string, readonly [Manifest, Manifest]>> = {
    'its images': [image('a'), image('b')],
    'its deadline, to an earlier one': [spec({ activeDeadlineSeconds: 9 }), spec({ activeDeadlineSeconds: 3 })],
    'its tolerations, by one more': [
      spec({ tolerations: [toleration] }),
      spec({ tolerations: [toleration, { operator: 'Exists' }] }),
    ],
    'how long it tolerates': [
      spec({ tolerations: [toleration] }),
      spec({ tolerations: [{ ...toleration, tolerationSeconds: 3 }] }),
    ],
    'its gates, by being opened': [gated({}), spec({})],
    'its node selector while it is held back': [gated({}), gated({ nodeSelector: { a: 'b' } })],
    'its node affinity while it is held back': [
      gated(terms({ matchExpressions: [has('a')] })),
      gated(terms({ matchExpressions: [has('a'), has('b')] })),
    ],
    'a time to end that was below zero': [
      spec({ terminationGracePeriodSeconds: -1 }),
      spec({ terminationGracePeriodSeconds: 1 }),
    ],
  }
  for (const [title, [before, after]] of Object.entries(cases)) {
    test(title, () => assert.deepEqual(complaintsOfUpdate(before, after), []))
  }
})

const OTHERS =
  'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'
const TERMS = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms'

describe("of a Pod may not change, in upstream's words [POD-7]", () => {
  const cases: readonly (readonly [Manifest, Manifest, string])[] = [
    [image('a'), spec({ containers: [] }), 'spec.containers: Forbidden: pod updates may not add or remove containers'],
    [
      spec({ activeDeadlineSeconds: 3 }),
      spec({ activeDeadlineSeconds: 9 }),
      'spec.activeDeadlineSeconds: Invalid value: 9: must be less than or equal to previous value',
    ],
    [
      spec({ activeDeadlineSeconds: 3 }),
      spec({}),
      'spec.activeDeadlineSeconds: Invalid value: "null": must not update from a positive integer to nil value',
    ],
    [
      spec({ tolerations: [toleration] }),
      spec({ tolerations: [] }),
      'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
    ],
    [spec({}), gated({}), "spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'g'"],
    [
      gated({ nodeSelector: { a: 'b' } }),
      gated({ nodeSelector: { a: 'c' } }),
      'spec.nodeSelector: Invalid value: {"a":"c"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)',
    ],
    [
      gated(terms({ matchExpressions: [has('a')] })),
      gated(terms({ matchExpressions: [has('b')] })),
      `${TERMS}[0]: Invalid value: {"matchExpressions":[{"key":"b","operator":"Exists"}]}: only additions are allowed (no mutations or deletions)`,
    ],
    [
      spec({}),
      { annotations: { 'kubernetes.io/config.mirror': 'x' }, spec: {} },
      'metadata.annotations[kubernetes.io/config.mirror]: Forbidden: may not add mirror pod annotation',
    ],
  ]
  for (const [before, after, text] of cases) {
    test(text, () => assert.equal(complaintsOfUpdate(before, after)[0], text))
  }
})

test('what else has changed is told line by line [POD-7]', () => {
  const before = spec({ hostname: 'a', containers: [{ name: 'c', image: 'i', args: ['x', 'y'] }] })
  const after = spec({ hostname: 'b', containers: [{ name: 'c', image: 'j', args: ['x', 'z', 'w'] }] })
  const told = [
    '  core.PodSpec{',
    '  \tContainers: {',
    '  \t\t{',
    '  \t\t\tArgs: {',
    '  \t\t\t\t... // 1 identical element',
    '- \t\t\t\t"y",',
    '+ \t\t\t\t"z",',
    '+ \t\t\t\t"w",',
    '  \t\t\t},',
    '  \t\t\t... // 6 identical fields',
    '  \t\t},',
    '  \t},',
    '  \t... // 2 identical fields',
    '- \tHostname: "a",',
    '+ \tHostname: "b",',
    '  \t... // 4 identical fields',
    '  }',
    '',
  ]
  const [text = ''] = complaintsOfUpdate(before, after)
  assert.deepEqual(text.split('\n'), [OTHERS, ...told])
})

describe('Pods as people write them are let in [POD-7]', () => {
  const c = { name: 'c', image: 'i' }
  const cases: Readonly<Record<string, Manifest>> = {
    'every kind of variable': spec({
      containers: [
        {
          ...c,
          env: [
            { name: 'a.b', value: '$(C)' },
            { name: 'LABEL', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app.kubernetes.io/name']" } } },
            { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } },
            { name: 'KEY', valueFrom: { secretKeyRef: { name: 's', key: 'k.txt' } } },
          ],
          envFrom: [{ prefix: 'P_', configMapRef: { name: 'a' } }],
        },
      ],
    }),
    'every kind of volume that is made here': spec({
      volumes: [
        { name: 'nothing' },
        { name: 'host', hostPath: { path: '/', type: 'Directory' } },
        { name: 'map', configMap: { name: 'a', items: [{ key: 'k', path: 'a/b', mode: 0o400 }] } },
        { name: 'image', image: { reference: 'i' } },
        { name: 'claim', ephemeral: { volumeClaimTemplate: { spec: {} } } },
        {
          name: 'all',
          projected: {
            sources: [
              { serviceAccountToken: { path: 'token' } },
              { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
            ],
          },
        },
      ],
      containers: [{ ...c, volumeMounts: [{ name: 'all', mountPath: '/all', subPath: 'token', readOnly: true, recursiveReadOnly: 'Enabled' }] }], // prettier-ignore
    }),
    'a sidecar with a probe and a hook': spec({
      initContainers: [
        {
          ...c,
          name: 'side',
          restartPolicy: 'Always',
          startupProbe: { grpc: { port: 80 } },
          lifecycle: { preStop: { sleep: { seconds: 0 } } },
        },
      ],
    }),
    "a container's own rule of restarts": spec({
      restartPolicy: 'Never',
      containers: [{ ...c, restartPolicy: 'Never', restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }] }], // prettier-ignore
    }),
    'two ports of one number, told apart by protocol': spec({
      containers: [{ ...c, ports: ['TCP', 'UDP'].map((protocol) => ({ containerPort: 53, hostPort: 53, protocol })) }],
    }),
    'the search list of a resolver': spec({ dnsConfig: { searches: ['.', '_tcp.example.com.'] } }),
    'Pods that get out of the way of everything': spec({ tolerations: [{ operator: 'Exists' }] }),
  }
  for (const [title, manifest] of Object.entries(cases)) test(title, () => assert.deepEqual(complaints(manifest), []))
})
