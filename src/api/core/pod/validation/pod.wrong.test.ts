import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { complaints } from './manifest.ts'
import type { Manifest } from './manifest.ts'

/** What is written, and all that is said about it, word for word. */
type Wrong = readonly [Manifest, ...string[]]

const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const PORT = 'must be between 1 and 65535, inclusive'
const ID = 'must be between 0 and 2147483647, inclusive'
const RELATIVE = 'must be a relative path'
const UP = "must not contain '..'"
const MODE = 'must be a number between 0 and 0777 (octal), both inclusive'
const PULL = 'supported values: "Always", "IfNotPresent", "Never"'

const spec = (given: object): Manifest => ({ spec: given })
const c = (given: object): object => ({ name: 'c', image: 'i', ...given })
const container = (given: object): Manifest => spec({ containers: [c(given)] })
const containers = (...list: object[]): Manifest => spec({ containers: list.map(c) })
const init = (...list: object[]): Manifest => spec({ initContainers: list.map((one) => c({ name: 'init', ...one })) })
const volume = (given: object): Manifest => spec({ volumes: [{ name: 'v', ...given }] })
const mount = (given: object, volumes: object[] = [{ name: 'v' }], rest: object = {}): Manifest =>
  spec({ volumes, containers: [c({ volumeMounts: [{ name: 'v', mountPath: '/v', ...given }], ...rest })] })
const variable = (given: object): Manifest => container({ env: [{ name: 'A', ...given }] })
const at = (field: string, text: string): string => `spec.containers[0].${field}: ${text}`

const names: readonly Wrong[] = [
  [spec({ containers: [] }), 'spec.containers: Required value'],
  [container({ name: '' }), at('name', 'Required value')],
  [container({ name: 'C' }), at('name', `Invalid value: "C": ${LABEL}`)],
  [containers({}, {}), 'spec.containers[1].name: Duplicate value: "c"'],
  [init({ name: 'c' }), 'spec.initContainers[0].name: Duplicate value: "c"'],
  [init({}, {}), 'spec.initContainers[1].name: Duplicate value: "init"'],
  [container({ image: '' }), at('image', 'Required value')],
  [container({ image: ' i' }), at('image', 'Invalid value: " i": must not have leading or trailing whitespace')],
  [container({ imagePullPolicy: 'Ever' }), at('imagePullPolicy', `Unsupported value: "Ever": ${PULL}`)],
  [
    container({ terminationMessagePolicy: 'Log' }),
    at('terminationMessagePolicy', 'Unsupported value: "Log": supported values: "File", "FallbackToLogsOnError"'),
  ],
  [
    container({ restartPolicy: 'Maybe' }),
    at('restartPolicy', 'Unsupported value: "Maybe": supported values: "Always", "Never", "OnFailure"'),
  ],
  [
    container({ restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [1] } }] }),
    at('restartPolicy', 'Required value: must specify restartPolicy when restart rules are used'),
  ],
  [
    init({ readinessProbe: { exec: { command: ['true'] } } }),
    'spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
  ],
  [spec({ ephemeralContainers: [c({ name: 'e' })] }), 'spec.ephemeralContainers: Forbidden: cannot be set on create'],
  [
    spec({ ephemeralContainers: [c({ name: 'e', ports: [{ containerPort: 1 }] })] }),
    'spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container',
    'spec.ephemeralContainers: Forbidden: cannot be set on create',
  ],
]

const ports: readonly Wrong[] = [
  [container({ ports: [{}] }), at('ports[0].containerPort', 'Required value')],
  [container({ ports: [{ containerPort: 65536 }] }), at('ports[0].containerPort', `Invalid value: 65536: ${PORT}`)],
  [container({ ports: [{ containerPort: 1, hostPort: -1 }] }), at('ports[0].hostPort', `Invalid value: -1: ${PORT}`)],
  [
    container({ ports: [{ containerPort: 1, protocol: 'ICMP' }] }),
    at('ports[0].protocol', 'Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"'),
  ],
  [
    container({ ports: ['http', 'http'].map((name, index) => ({ name, containerPort: index + 1 })) }),
    at('ports[1].name', 'Duplicate value: "http"'),
  ],
  [
    container({ ports: [{ containerPort: 1, name: '80' }] }),
    at('ports[0].name', 'Invalid value: "80": must contain at least one letter (a-z)'),
  ],
  [
    containers({ ports: [{ containerPort: 80, hostPort: 80 }] }, { name: 'd', ports: [{ containerPort: 81, hostPort: 80 }] }),
    'spec.containers[1].ports[0].hostPort: Duplicate value: "TCP//80"',
  ],
  [
    spec({ hostNetwork: true, containers: [c({ ports: [{ containerPort: 80, hostPort: 81 }] })] }),
    at('ports[0].hostPort', 'Invalid value: 81: must match `containerPort` when `hostNetwork` is true'),
  ],
]

const environment: readonly Wrong[] = [
  [variable({ name: '' }), at('env[0].name', 'Required value')],
  [
    variable({ name: 'A=B' }),
    at(
      'env[0].name',
      `Invalid value: "A=B": a valid environment variable name must consist only of printable ASCII characters other than '='`,
    ),
  ],
  [
    variable({ value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }),
    at('env[0].valueFrom', 'Invalid value: "": may not be specified when `value` is not empty'),
  ],
  [
    variable({ valueFrom: { fieldRef: { fieldPath: 'metadata.name' }, secretKeyRef: { name: 's', key: 'k' } } }),
    at('env[0].valueFrom', 'Invalid value: "": may not have more than one field specified at a time'),
  ],
  [
    variable({ valueFrom: { fieldRef: { fieldPath: 'spec.image' } } }),
    at(
      'env[0].valueFrom.fieldRef.fieldPath',
      'Invalid value: "spec.image": error converting fieldPath: field label not supported: spec.image',
    ),
  ],
  [
    variable({ valueFrom: { fieldRef: { fieldPath: 'status.phase' } } }),
    at(
      'env[0].valueFrom.fieldRef.fieldPath',
      'Unsupported value: "status.phase": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"',
    ),
  ],
  [
    variable({ valueFrom: { fieldRef: { fieldPath: "metadata.name['a']" } } }),
    at(
      'env[0].valueFrom.fieldRef.fieldPath',
      `Invalid value: "metadata.name['a']": error converting fieldPath: field label does not support subscript: metadata.name['a']`,
    ),
  ],
  [
    variable({ valueFrom: { resourceFieldRef: { resource: 'limits.disk' } } }),
    at(
      'env[0].valueFrom.resourceFieldRef.resource',
      'Unsupported value: "limits.disk": supported values: "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"',
    ),
  ],
  [
    variable({ valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '5m' } } }),
    at(
      'env[0].valueFrom.resourceFieldRef.divisor',
      'Invalid value: "limits.cpu": only divisor\'s values 1m and 1 are supported with the cpu resource',
    ),
  ],
  [variable({ valueFrom: { configMapKeyRef: { name: 'a' } } }), at('env[0].valueFrom.configMapKeyRef.key', 'Required value')],
  [container({ envFrom: [{}] }), at('envFrom', 'Invalid value: "": must specify one of: `configMapRef` or `secretRef`')],
  [container({ envFrom: [{ secretRef: {} }] }), at('envFrom[0].secretRef.name', 'Required value')],
]

const volumes: readonly Wrong[] = [
  [spec({ volumes: [{ emptyDir: {} }] }), 'spec.volumes[0].name: Required value'],
  [spec({ volumes: [{ name: 'v' }, { name: 'v' }] }), 'spec.volumes[1].name: Duplicate value: "v"'],
  [
    volume({ emptyDir: {}, configMap: { name: 'a' } }),
    'spec.volumes[0].configMap: Forbidden: may not specify more than 1 volume type',
  ],
  [volume({ hostPath: {} }), 'spec.volumes[0].hostPath.path: Required value'],
  [volume({ hostPath: { path: '/a/../b' } }), `spec.volumes[0].hostPath.path: Invalid value: "/a/../b": ${UP}`],
  [
    volume({ hostPath: { path: '/a', type: 'Disk' } }),
    'spec.volumes[0].hostPath.type: Unsupported value: "Disk": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
  ],
  [volume({ secret: {} }), 'spec.volumes[0].secret.secretName: Required value'],
  [volume({ secret: { secretName: 's', defaultMode: 512 } }), `spec.volumes[0].secret.defaultMode: Invalid value: 512: ${MODE}`],
  [
    volume({ configMap: { name: 'a', items: [{ key: 'k', path: '/k' }] } }),
    `spec.volumes[0].configMap.items[0].path: Invalid value: "/k": ${RELATIVE}`,
  ],
  [
    volume({ configMap: { name: 'a', items: [{ key: 'k', path: '..k' }] } }),
    `spec.volumes[0].configMap.items[0].path: Invalid value: "..k": must not start with '..'`,
  ],
  [volume({ persistentVolumeClaim: {} }), 'spec.volumes[0].persistentVolumeClaim.claimName: Required value'],
  [volume({ nfs: { server: 's', path: 'p' } }), 'spec.volumes[0].nfs.path: Invalid value: "p": must be an absolute path'],
  [
    volume({ downwardAPI: { items: [{ path: 'p' }] } }),
    'spec.volumes[0].downwardAPI: Required value: one of fieldRef and resourceFieldRef is required',
  ],
  [
    volume({ projected: { sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 1 } }] } }),
    'spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes',
  ],
  [
    volume({ projected: { sources: ['a', 'b'].map((name) => ({ secret: { name, items: [{ key: 'k', path: 'p' }] } })) } }),
    'spec.volumes[0].projected: Invalid value: "b": conflicting duplicate paths',
  ],
  [
    volume({ projected: { sources: [{ secret: { name: 'a' }, configMap: { name: 'a' } }] } }),
    'spec.volumes[0].projected.sources[0]: Forbidden: may not specify more than 1 volume type per source',
  ],
  [volume({ image: {} }), 'spec.volumes[0].image.reference: Required value'],
]

const mounts: readonly Wrong[] = [
  [mount({ name: 'w' }), at('volumeMounts[0].name', 'Not found: "w"')],
  [mount({ mountPath: '' }), at('volumeMounts[0].mountPath', 'Required value')],
  [
    mount({}, [{ name: 'v', hostPath: {} }]),
    'spec.volumes[0].hostPath.path: Required value',
    at('volumeMounts[0].name', 'Not found: "v"'),
  ],
  [mount({ subPath: '/a' }), at('volumeMounts.subPath', `Invalid value: "/a": ${RELATIVE}`)],
  [mount({ subPath: 'a/../..' }), at('volumeMounts.subPath', `Invalid value: "a/../..": ${UP}`)],
  [
    mount({ subPath: 'a', subPathExpr: 'b' }),
    at('volumeMounts[0].subPathExpr', 'Invalid value: "b": subPathExpr and subPath are mutually exclusive'),
  ],
  [
    mount({ mountPropagation: 'Bidirectional' }),
    at('volumeMounts.mountPropagation', 'Forbidden: Bidirectional mount propagation is available only to privileged containers'),
  ],
  [
    mount({ recursiveReadOnly: 'Enabled' }),
    at('volumeMounts.recursiveReadOnly', 'Forbidden: may only be specified when readOnly is true'),
  ],
  [
    mount({}, [{ name: 'v' }], { volumeMounts: ['v', 'v'].map((name) => ({ name, mountPath: '/v' })) }),
    at('volumeMounts[1].mountPath', 'Invalid value: "/v": must be unique'),
  ],
  [
    spec({ volumes: [{ name: 'v' }], containers: [c({ volumeDevices: [{ name: 'v', devicePath: '/dev/x' }] })] }),
    at(
      'volumeDevices[0].name',
      'Invalid value: "v": can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode',
    ),
  ],
]

const probe = (given: object): Manifest => container({ livenessProbe: given })
const hook = (given: object): Manifest => container({ lifecycle: { preStop: given } })
const probes: readonly Wrong[] = [
  [probe({}), at('livenessProbe', 'Required value: must specify a handler type')],
  [probe({ exec: {} }), at('livenessProbe.exec.command', 'Required value')],
  [
    probe({ exec: { command: ['a'] }, tcpSocket: { port: 1 } }),
    at('livenessProbe.tcpSocket', 'Forbidden: may not specify more than 1 handler type'),
  ],
  [probe({ tcpSocket: { port: 0 } }), at('livenessProbe.tcpSocket.port', `Invalid value: 0: ${PORT}`)],
  [probe({ grpc: { port: 70000 } }), at('livenessProbe.grpc.port', `Invalid value: 70000: ${PORT}`)],
  [
    probe({ httpGet: { port: 80, scheme: 'FTP' } }),
    at('livenessProbe.httpGet.scheme', 'Unsupported value: "FTP": supported values: "HTTP", "HTTPS"'),
  ],
  [
    probe({ httpGet: { port: 80, httpHeaders: [{ name: 'a b', value: '' }] } }),
    at(
      'livenessProbe.httpGet.httpHeaders',
      `Invalid value: "a b": a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')`,
    ),
  ],
  [probe({ exec: { command: ['a'] }, successThreshold: 2 }), at('livenessProbe.successThreshold', 'Invalid value: 2: must be 1')],
  [
    probe({ exec: { command: ['a'] }, periodSeconds: -1 }),
    at('livenessProbe.periodSeconds', 'Invalid value: -1: must be greater than or equal to 0'),
  ],
  [
    hook({ sleep: { seconds: 31 } }),
    at('lifecycle.preStop.sleep', 'Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)'),
  ],
]

const resources = (limits: object, requests: object = {}): Manifest => container({ resources: { limits, requests } })
const amounts: readonly Wrong[] = [
  [
    resources({ cpu: '1' }, { cpu: '2' }),
    at('resources.requests', 'Invalid value: "2": must be less than or equal to cpu limit of 1'),
  ],
  [
    resources({ memory: '-1' }, { memory: '-1' }),
    at('resources.limits[memory]', 'Invalid value: "-1": must be greater than or equal to 0'),
    at('resources.requests[memory]', 'Invalid value: "-1": must be greater than or equal to 0'),
  ],
  [
    resources({}, { disk: '1' }),
    at('resources.requests[disk]', 'Invalid value: "disk": must be a standard resource type or fully qualified'),
    at('resources.requests[disk]', 'Invalid value: "disk": must be a standard resource for containers'),
  ],
  [
    resources({ 'example.com/gpu': '2' }, { 'example.com/gpu': '1' }),
    at('resources.requests', 'Invalid value: "1": must be equal to example.com/gpu limit of 2'),
  ],
  [
    resources({}, { 'example.com/gpu': '1' }),
    at('resources.limits', 'Required value: Limit must be set for non overcommitable resources'),
  ],
  [resources({ 'hugepages-2Mi': '2Mi' }), at('resources', 'Forbidden: HugePages require cpu or memory')],
  [
    resources({ cpu: '1', 'hugepages-2Mi': '3Mi' }, { 'hugepages-2Mi': '3Mi' }),
    at('resources.limits[hugepages-2Mi]', 'Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi'),
    at('resources.requests[hugepages-2Mi]', 'Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi'),
  ],
  [
    spec({ resources: { limits: { 'example.com/gpu': '1' } } }),
    'spec.resources.limits[example.com/gpu]: Unsupported value: "example.com/gpu": supported values: "cpu", "hugepages-", "memory"',
  ],
]

const context = (given: object): Manifest => spec({ securityContext: given })
const own = (given: object): Manifest => container({ securityContext: given })
const security: readonly Wrong[] = [
  [context({ runAsUser: -1 }), `spec.securityContext.runAsUser: Invalid value: -1: ${ID}`],
  [context({ supplementalGroups: [1, -1] }), `spec.securityContext.supplementalGroups[1]: Invalid value: -1: ${ID}`],
  [
    context({ sysctls: [{ name: 'Net', value: '1' }] }),
    'spec.securityContext.sysctls[0].name: Invalid value: "Net": must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$',
  ],
  [
    spec({ hostNetwork: true, securityContext: { sysctls: [{ name: 'net.core.somaxconn', value: '1' }] } }),
    `spec.securityContext.sysctls[0].name: Invalid value: "net.core.somaxconn": may not be specified when 'hostNetwork' is true`,
  ],
  [
    context({ fsGroupChangePolicy: 'Never' }),
    'spec.securityContext.fsGroupChangePolicy: Unsupported value: "Never": supported values: "Always", "OnRootMismatch"',
  ],
  [
    context({ seccompProfile: { type: 'Localhost' } }),
    'spec.securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost',
  ],
  [
    own({ procMount: 'All' }),
    at('securityContext.procMount', 'Unsupported value: "All": supported values: "Default", "Unmasked"'),
  ],
  [
    own({ procMount: 'Unmasked' }),
    at('securityContext.procMount', 'Invalid value: "Unmasked": `hostUsers` must be false to use `Unmasked`'),
  ],
  [
    own({ privileged: true, allowPrivilegeEscalation: false }),
    at(
      'securityContext',
      'Invalid value: {"privileged":true,"allowPrivilegeEscalation":false}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
    ),
  ],
  [
    spec({ hostPID: true, shareProcessNamespace: true }),
    'spec.securityContext.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled',
  ],
  [spec({ hostUsers: false, hostNetwork: true }), 'spec.hostNetwork: Forbidden: when `pod.Spec.HostUsers` is false'],
]

const TITLES = { names, ports, environment, volumes, mounts, probes, amounts, security }

for (const [title, cases] of Object.entries(TITLES)) {
  describe(`Pods are refused in upstream's words: ${title} [POD-7]`, () => {
    for (const [manifest, ...texts] of cases) test(texts[0]!, () => assert.deepEqual(complaints(manifest), texts))
  })
}
