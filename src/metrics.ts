import { Counter, Gauge, prometheusContentType, Registry } from "@prometheus-io/client";

/** Labels of one sample: every label that the metric was made with. */
export type Labels = Readonly<Record<string, string>>;

/** What a metric is called and means; Prometheus shows `help` beside it. */
export interface MetricDefinition {
  readonly name: string;
  readonly type: "gauge" | "counter";
  readonly help: string;
  readonly labels: readonly string[];
}

/** One value of a metric. null: not known, so there is no such sample; never 0 in its stead. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number | null;
}

/** A registry of metrics whose samples are told anew at each scrape, all at once. */
export interface Metrics {
  /** Replaces the samples of a metric that was defined. A counter's value is its total so far. */
  tell(name: string, samples: readonly Sample[]): void;
  /** Prometheus's text format, 0.0.4. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** A registry that has these metrics and nothing else; throws when a name or label isn't one of Prometheus's. */
export function createMetrics(definitions: readonly MetricDefinition[]): Metrics {
  const registry = new Registry(prometheusContentType);
  const tellers = new Map(definitions.map((definition) => [definition.name, teller(definition, registry)]));
  return {
    tell(name, samples) {
      const tellSamples = tellers.get(name);
      if (tellSamples === undefined) throw new Error(`no metric is called ${name}`);
      tellSamples(samples.filter(isKnown));
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

type KnownSample = Sample & { readonly value: number };

function isKnown(sample: Sample): sample is KnownSample {
  return sample.value !== null && !Number.isNaN(sample.value);
}

function teller(definition: MetricDefinition, registry: Registry): (samples: readonly KnownSample[]) => void {
  const configuration = {
    name: definition.name,
    help: definition.help,
    labelNames: [...definition.labels],
    registers: [registry],
  };
  switch (definition.type) {
    case "gauge": {
      const gauge = new Gauge(configuration);
      return (samples) => {
        gauge.reset();
        for (const { labels, value } of samples) gauge.set(labels, value);
      };
    }
    case "counter": {
      const counter = new Counter(configuration);
      return (samples) => {
        counter.reset();
        for (const { labels, value } of samples) counter.inc(labels, value);
      };
    }
    default:
      definition.type satisfies never;
      throw new Error("unreachable");
  }
}
