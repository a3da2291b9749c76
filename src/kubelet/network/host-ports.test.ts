import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ContainerPort, Pod } from '../../api/index.ts'
import { hostPortScript, hostPortsOf } from './host-ports.ts'

const pod = (ports: readonly ContainerPort[], spec: object = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web' },
  spec: { containers: [{ name: 'main', ports: [...ports] }], ...spec },
})

const lines = (script: string): string[] => script.split('\n').flatMap((line) => (line.includes('dnat to') ? [line.trim()] : []))

test('a port of one address goes before the same port of all, and protocols do not meet [NET-13]', () => {
  const ports = [
    ...hostPortsOf(pod([{ containerPort: 80, hostPort: 8080, hostIP: '0.0.0.0' }]), ['10.244.1.2']),
    ...hostPortsOf(pod([{ containerPort: 53, hostPort: 8080, protocol: 'UDP' }]), ['10.244.1.3']),
    ...hostPortsOf(pod([{ containerPort: 80, hostPort: 8080, hostIP: '127.0.0.1' }]), ['10.244.1.4']),
  ]
  assert.deepEqual(lines(hostPortScript(ports, ['ip'])), [
    'ip daddr 127.0.0.1 tcp dport 8080 dnat to 10.244.1.4:80',
    'tcp dport 8080 dnat to 10.244.1.2:80',
    'udp dport 8080 dnat to 10.244.1.3:53',
  ])
})

test('ports without a hostPort and Pods in the node’s network have nothing to be led, and without any there is no table [NET-13]', () => {
  assert.deepEqual(hostPortsOf(pod([{ containerPort: 80 }]), ['10.244.1.2']), [])
  assert.deepEqual(hostPortsOf(pod([{ containerPort: 80, hostPort: 80 }], { hostNetwork: true }), ['192.168.1.2']), [])
  assert.equal(hostPortScript([], ['ip']), 'add table ip portolan-hostports\ndelete table ip portolan-hostports\n')
})

test('a port leads to the address of its own family, and one of no address in both [NET-13] [SVC-9]', () => {
  const both = ['10.244.1.2', 'fd00:10:244:1::2']
  const led = (...hostIPs: readonly string[]): string[] => {
    const ports = hostIPs.map((hostIP, index) => ({ containerPort: 80, hostPort: 8080 + index, hostIP }))
    return lines(hostPortScript(hostPortsOf(pod(ports), both), ['ip', 'ip6']))
  }
  assert.deepEqual(led(''), ['tcp dport 8080 dnat to 10.244.1.2:80', 'tcp dport 8080 dnat to [fd00:10:244:1::2]:80'])
  assert.deepEqual(led('0.0.0.0', '::'), ['tcp dport 8080 dnat to 10.244.1.2:80', 'tcp dport 8081 dnat to [fd00:10:244:1::2]:80'])
  assert.deepEqual(led('fd00:192:168:1::2'), ['ip6 daddr fd00:192:168:1::2 tcp dport 8080 dnat to [fd00:10:244:1::2]:80'])
})
