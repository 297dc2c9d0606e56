/** Views of values that are not needed for the first view of a lecture. */
import { lazyView } from "./lazyView";
import type { SparklineProps } from "./Sparkline";
import type { ValueDiffProps } from "./ValueDiff";

export const ValueDiff = lazyView<ValueDiffProps>(
  () => import("./ValueDiff").then((module) => module.ValueDiff),
  ({ same = null }) => same,
);

export const Sparkline = lazyView<SparklineProps>(
  () => import("./Sparkline").then((module) => module.Sparkline),
  () => <div className="sparkline sparkline-waiting" />,
);
