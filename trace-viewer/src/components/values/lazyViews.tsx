/** Views of values that are not needed for the first view of a lecture. */
import { lazyView } from "../shared/lazyView";
import type { SparklineProps } from "./Sparkline";
import type { ValueDiffProps } from "./ValueDiff";

/** Loaded when shown: see ValueDiff.tsx. */
export const ValueDiff = lazyView<ValueDiffProps>(
  () => import("./ValueDiff").then((module) => module.ValueDiff),
  ({ same = null }) => same,
);

/** Loaded when shown: see Sparkline.tsx. */
export const Sparkline = lazyView<SparklineProps>(
  () => import("./Sparkline").then((module) => module.Sparkline),
  () => <div className="sparkline sparkline-waiting" />,
);
