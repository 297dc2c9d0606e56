export { CourseView, type CourseViewProps } from "./CourseView";
