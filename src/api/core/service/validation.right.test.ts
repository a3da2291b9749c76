import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { complaints } from './manifest.ts'
import type { Manifest } from './manifest.ts'

const ports = (...list: object[]): object => ({ ports: list })
const loadBalancer = (spec: object): Manifest => ({ spec: { type: 'LoadBalancer', ...spec } })

/** Cluster IPs: 10.96.0.0/12 and fd00:10:96::/112. */
const RIGHT: Readonly<Record<string, Manifest>> = {
  'one port, nothing else': {},
  'a name that begins with a digit': { name: '1st-service' },
  'a name of 63 letters': { name: 'a'.repeat(63) },
  'a selector': { spec: { selector: { app: 'kubia' } } },
  'a selector with a domain': { spec: { selector: { 'app.kubernetes.io/name': 'kubia' } } },
  'no selector': { spec: { selector: {} } },
  'labels and annotations': { labels: { tier: 'front' }, annotations: { 'example.com/Note': 'anything at all' } },
  'the first port': { spec: ports({ port: 1 }) },
  'the last port': { spec: ports({ port: 65535 }) },
  'another target port': { spec: ports({ port: 80, targetPort: 8080 }) },
  'a target port by name': { spec: ports({ port: 80, targetPort: 'http' }) },
  'a target port with a dash': { spec: ports({ port: 80, targetPort: 'http-alt' }) },
  'a named single port': { spec: ports({ name: 'http', port: 80 }) },
  'two named ports': {
    spec: ports({ name: 'http', port: 80, targetPort: 8080 }, { name: 'https', port: 443, targetPort: 8443 }),
  },
  'the same number with TCP and UDP': { spec: ports({ name: 'tcp', port: 53 }, { name: 'udp', port: 53, protocol: 'UDP' }) },
  'the same number three times': {
    spec: ports({ name: 'a', port: 53 }, { name: 'b', port: 53, protocol: 'UDP' }, { name: 'c', port: 53, protocol: 'SCTP' }),
  },
  SCTP: { spec: ports({ port: 80, protocol: 'SCTP' }) },
  'a long port name': { spec: ports({ name: 'a-port-name-may-be-as-long-as-a-label', port: 80 }) },
  'an application protocol': { spec: ports({ port: 80, appProtocol: 'kubernetes.io/h2c' }) },
  'a bare application protocol': { spec: ports({ port: 80, appProtocol: 'HTTP' }) },
  'a wanted cluster IP': { spec: { clusterIP: '10.0.171.239' } },
  'a wanted cluster IP, both fields': { spec: { clusterIP: '10.96.0.9', clusterIPs: ['10.96.0.9'] } },
  headless: { spec: { clusterIP: 'None' } },
  'headless without ports': { spec: { clusterIP: 'None', ports: [] } },
  'headless without a selector': {
    spec: { clusterIP: 'None', ports: [], ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' },
  },
  'dual-stack': {
    spec: {
      clusterIP: '10.96.0.9',
      clusterIPs: ['10.96.0.9', 'fd00:10:96::9'],
      ipFamilies: ['IPv4', 'IPv6'],
      ipFamilyPolicy: 'PreferDualStack',
    },
  },
  'IPv6 first': {
    spec: {
      clusterIP: 'fd00:10:96::9',
      clusterIPs: ['fd00:10:96::9', '10.96.0.9'],
      ipFamilies: ['IPv6', 'IPv4'],
      ipFamilyPolicy: 'RequireDualStack',
    },
  },
  'IPv6 only': { spec: { clusterIP: 'fd00:10:96::9', clusterIPs: ['fd00:10:96::9'], ipFamilies: ['IPv6'] } },
  'an IPv6 address in capitals': { spec: { clusterIP: 'FD00:10:96::9', clusterIPs: ['FD00:10:96::9'], ipFamilies: ['IPv6'] } },
  'a NodePort': { spec: { type: 'NodePort' } },
  'a wanted node port': { spec: { type: 'NodePort', ...ports({ port: 80, nodePort: 30008 }) } },
  'the same node port with TCP and UDP': {
    spec: {
      type: 'NodePort',
      ...ports({ name: 'a', port: 53, nodePort: 30053 }, { name: 'b', port: 53, nodePort: 30053, protocol: 'UDP' }),
    },
  },
  'a NodePort with local traffic': { spec: { type: 'NodePort', externalTrafficPolicy: 'Local' } },
  'a LoadBalancer': loadBalancer({}),
  'a LoadBalancer with a wanted address': loadBalancer({ loadBalancerIP: '192.0.2.1' }),
  'a LoadBalancer with source ranges': loadBalancer({ loadBalancerSourceRanges: ['10.0.0.0/8', '2001:db8::/32'] }),
  'source ranges with spaces around': loadBalancer({ loadBalancerSourceRanges: [' 10.0.0.0/8 '] }),
  'source ranges by annotation': {
    ...loadBalancer({}),
    annotations: { 'service.beta.kubernetes.io/load-balancer-source-ranges': '10.0.0.0/8, 192.168.0.0/16' },
  },
  'a LoadBalancer of a class': loadBalancer({ loadBalancerClass: 'example.com/internal-vip' }),
  'a LoadBalancer of a class without a domain': loadBalancer({ loadBalancerClass: 'internal-vip' }),
  'a LoadBalancer without node ports': loadBalancer({ allocateLoadBalancerNodePorts: false }),
  'a LoadBalancer with local traffic': loadBalancer({ externalTrafficPolicy: 'Local' }),
  'a LoadBalancer with a wanted health check port': loadBalancer({ externalTrafficPolicy: 'Local', healthCheckNodePort: 31000 }),
  'an ExternalName': { spec: { type: 'ExternalName', externalName: 'google.com', ports: [] } },
  'an ExternalName with a trailing dot': { spec: { type: 'ExternalName', externalName: 'google.com.', ports: [] } },
  'an ExternalName with a port': { spec: { type: 'ExternalName', externalName: 'api.example.com' } },
  'an ExternalName of numbers': { spec: { type: 'ExternalName', externalName: '1.2.3.4', ports: [] } },
  'client affinity': { spec: { sessionAffinity: 'ClientIP' } },
  'the shortest affinity': { spec: { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 1 } } } },
  'the longest affinity': {
    spec: { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 86400 } } },
  },
  'no affinity with a leftover timeout': {
    spec: { sessionAffinity: 'None', sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } } },
  },
  'external IPs': { spec: { externalIPs: ['198.51.100.7', '2001:db8::7'] } },
  'external IPs with local traffic': { spec: { externalIPs: ['198.51.100.7'], externalTrafficPolicy: 'Local' } },
  'internal traffic kept local': { spec: { internalTrafficPolicy: 'Local' } },
  'traffic to the same zone': { spec: { trafficDistribution: 'PreferSameZone' } },
  'traffic to the same node': { spec: { trafficDistribution: 'PreferSameNode' } },
  'traffic nearby, the older word': { spec: { trafficDistribution: 'PreferClose' } },
  'addresses of Pods that are not ready': { spec: { publishNotReadyAddresses: true } },
  'topology by both annotations, alike': {
    annotations: { 'service.kubernetes.io/topology-mode': 'Auto', 'service.kubernetes.io/topology-aware-hints': 'Auto' },
  },
  'an external name that is ignored': { spec: { externalName: 'anything' } },
}

describe('right manifests of Services pass [SVC-3] [SVC-4] [SVC-5] [SVC-10] [SVC-11]', () => {
  for (const [name, manifest] of Object.entries(RIGHT)) test(name, () => assert.deepEqual(complaints(manifest), []))
})
