import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container, Pod, Service } from '../../api/index.ts'
import { ConfigError, containerEnv, type EnvSources } from './env.ts'
import { expand } from './expand.ts'
import { serviceEnv } from './service-env.ts'

const pod = (spec: object = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'kubia', namespace: 'default', labels: { app: 'web' } },
  spec: { containers: [], nodeName: 'n1', ...spec },
})

const service = (name: string, namespace: string, spec: Service['spec']): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec,
})

const services = [
  service('kubernetes', 'default', { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443 }] }),
  service('mynapp-svc', 'default', {
    clusterIP: '10.97.1.2',
    ports: [{ port: 80 }, { name: 'dns-udp', port: 53, protocol: 'UDP' }],
  }),
  service('headless', 'default', { clusterIP: 'None', ports: [{ port: 80 }] }),
  service('elsewhere', 'other', { clusterIP: '10.97.1.3', ports: [{ port: 80 }] }),
]

test('a Service is told in variables of two styles [DSC-7]', () => {
  const env = serviceEnv(pod(), services)
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('MYNAPP')))
  assert.deepEqual(own, {
    MYNAPP_SVC_SERVICE_HOST: '10.97.1.2',
    MYNAPP_SVC_SERVICE_PORT: '80',
    MYNAPP_SVC_PORT: 'tcp://10.97.1.2:80',
    MYNAPP_SVC_PORT_80_TCP: 'tcp://10.97.1.2:80',
    MYNAPP_SVC_PORT_80_TCP_PROTO: 'tcp',
    MYNAPP_SVC_PORT_80_TCP_PORT: '80',
    MYNAPP_SVC_PORT_80_TCP_ADDR: '10.97.1.2',
    MYNAPP_SVC_SERVICE_PORT_DNS_UDP: '53',
    MYNAPP_SVC_PORT_53_UDP: 'udp://10.97.1.2:53',
    MYNAPP_SVC_PORT_53_UDP_PROTO: 'udp',
    MYNAPP_SVC_PORT_53_UDP_PORT: '53',
    MYNAPP_SVC_PORT_53_UDP_ADDR: '10.97.1.2',
  })
})

test('headless Services and those of other namespaces are not told [DSC-7]', () => {
  const names = Object.keys(serviceEnv(pod(), services))
  assert.ok(!names.some((name) => /HEADLESS|ELSEWHERE/.test(name)))
})

test('enableServiceLinks: false leaves the API server alone [DSC-7]', () => {
  const names = Object.keys(serviceEnv(pod({ enableServiceLinks: false }), services))
  assert.ok(names.length > 0 && names.every((name) => name.startsWith('KUBERNETES_')))
})

test('variables refer to earlier ones; what is unknown stays, $$ is a dollar [POD-4]', () => {
  const env = { A: '1' }
  assert.deepEqual(
    ['$(A)b', '$(B)', '$$(A)', '$$$$', 'a$b'].map((text) => expand(text, env)),
    ['1b', '$(B)', '$(A)', '$$', 'a$b'],
  )
})

const sources: EnvSources = {
  podIPs: ['10.244.1.2', 'fd00:10:244:1::2'],
  allocatable: { cpu: '2', memory: '4Gi' },
  hostIPs: ['192.168.1.2', 'fd00:192:168:1::2'],
  base: { PATH: '/bin' },
  configMap: (name) =>
    name === 'cm' ? { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { colour: 'blue' } } : undefined,
  secret: (name) =>
    name === 's' ? { apiVersion: 'v1', kind: 'Secret', metadata: { name }, data: { key: 'c2VjcmV0' } } : undefined,
}
const container = (more: Partial<Container>): Container => ({ name: 'main', image: 'host', ...more })

test('variables come from fields, ConfigMaps and Secrets [POD-4]', () => {
  const env = containerEnv(
    pod(),
    container({
      envFrom: [{ prefix: 'CM_', configMapRef: { name: 'cm' } }],
      env: [
        { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        { name: 'APP', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
        { name: 'COLOUR', valueFrom: { configMapKeyRef: { name: 'cm', key: 'colour' } } },
        { name: 'KEY', valueFrom: { secretKeyRef: { name: 's', key: 'key' } } },
        { name: 'MAYBE', valueFrom: { secretKeyRef: { name: 'none', key: 'key', optional: true } } },
        { name: 'BOTH', value: '$(IP) $(COLOUR)' },
      ],
    }),
    sources,
  )
  const expected = { PATH: '/bin', CM_colour: 'blue', IP: '10.244.1.2', APP: 'web', COLOUR: 'blue', KEY: 'secret' }
  assert.deepEqual(env, { ...expected, BOTH: '10.244.1.2 blue' })
})

test('a variable whose source is missing keeps the container from starting [POD-4]', () => {
  const missing = (env: Container['env']) => () => containerEnv(pod(), container({ env }), sources)
  const of = (message: string) => (error: unknown) => error instanceof ConfigError && error.message === message
  assert.throws(
    missing([{ name: 'X', valueFrom: { configMapKeyRef: { name: 'no', key: 'k' } } }]),
    of('configmap "no" not found'),
  )
  const keyless = [{ name: 'X', valueFrom: { secretKeyRef: { name: 's', key: 'no' } } }]
  assert.throws(missing(keyless), of("couldn't find key no in Secret default/s"))
})
