/** What the bench writes: objects as large as those of a cluster. */

const meta = (name: string, labels: Record<string, string> = {}) => ({ name, labels })

export const configMap = (name: string): object => ({
  kind: 'ConfigMap',
  apiVersion: 'v1',
  metadata: meta(name),
  data: { text: 'x'.repeat(1000) },
})

/** Of ten that belong to one application. */
export const service = (index: number): object => ({
  kind: 'Service',
  apiVersion: 'v1',
  metadata: meta(`s${index}`, { app: `app-${index % 220}` }),
  spec: { selector: { app: `app-${index % 220}` }, ports: [{ port: 80 }] },
})

/** A Pod as a Deployment makes it: with an owner, a token, probes and resources. */
export function pod(index: number): object {
  const app = `app-${index % 1000}`
  const probe = { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 10 }
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${app}-5c9d8b7f6d`, uid: UID, controller: true, blockOwnerDeletion: true } // prettier-ignore
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { ...meta(`p${index}`, { app, 'pod-template-hash': '5c9d8b7f6d' }), ownerReferences: [owner] },
    spec: {
      nodeName: `node${index % 100}`,
      containers: [
        {
          name: 'main',
          image: `registry.example.com/team/${app}:v1.2.3`,
          ports: [{ name: 'http', containerPort: 8080 }],
          env: [
            { name: 'LOG_LEVEL', value: 'info' },
            { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
          ],
          resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
          readinessProbe: probe,
          livenessProbe: probe,
          volumeMounts: [{ name: 'token', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true }],
        },
      ],
      volumes: [{ name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 3607 } }] } }],
    },
  }
}

const UID = '0b8e8ffd-5d46-44ed-9c8c-5c2d6d1d9d4e'
const NOW = '2026-01-01T00:00:00Z'
const CONDITIONS = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled']

/** What a kubelet says of it. */
export function podStatus(index: number): object {
  const ip = `10.244.${index >> 8}.${index & 255}`
  const image = `registry.example.com/team/app-${index % 1000}`
  return {
    status: {
      phase: 'Running',
      hostIP: '192.168.1.2',
      hostIPs: [{ ip: '192.168.1.2' }],
      podIP: ip,
      podIPs: [{ ip }],
      startTime: NOW,
      conditions: CONDITIONS.map((type) => ({ type, status: 'True', lastTransitionTime: NOW, observedGeneration: 1 })),
      containerStatuses: [
        {
          name: 'main',
          ready: true,
          started: true,
          restartCount: 0,
          image: `${image}:v1.2.3`,
          imageID: `${image}@sha256:${'0123456789abcdef'.repeat(4)}`,
          containerID: `containerd://${'0123456789abcdef'.repeat(4)}`,
          state: { running: { startedAt: NOW } },
        },
      ],
    },
  }
}
