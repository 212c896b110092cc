package definition

// Types of steps that daybatch writes.
const (
	typeProcessing = "Processing"
	typeTraining   = "Training"
	typeCondition  = "Condition"
	typeFail       = "Fail"
)

// document is a definition as SageMaker reads it.
type document struct {
	Version    string            `json:"Version"`
	Metadata   map[string]string `json:"Metadata"`
	Parameters []parameter       `json:"Parameters"`
	Steps      []pipelineStep    `json:"Steps"`
}

type parameter struct {
	Name         string `json:"Name"`
	Type         string `json:"Type"`
	DefaultValue string `json:"DefaultValue"`
}

// text returns a parameter that is a text.
func text(name, standard string) parameter {
	return parameter{Name: name, Type: "String", DefaultValue: standard}
}

type pipelineStep struct {
	Name          string         `json:"Name"`
	Type          string         `json:"Type"`
	Description   string         `json:"Description,omitempty"`
	DependsOn     []string       `json:"DependsOn,omitempty"`
	Arguments     any            `json:"Arguments"` // processing, training, condition or failure
	RetryPolicies []retryPolicy  `json:"RetryPolicies,omitempty"`
	PropertyFiles []propertyFile `json:"PropertyFiles,omitempty"`
}

type retryPolicy struct {
	ExceptionType   []string `json:"ExceptionType"`
	IntervalSeconds int      `json:"IntervalSeconds"`
	BackoffRate     float64  `json:"BackoffRate"`
	MaxAttempts     int      `json:"MaxAttempts,omitempty"`
	ExpireAfterMin  int      `json:"ExpireAfterMin,omitempty"`
}

// retryPolicies try again what the infrastructure failed at. A container that
// exits with an error is none of that: what it ends with is final.
func retryPolicies() []retryPolicy {
	return []retryPolicy{
		{ExceptionType: []string{"Step.SERVICE_FAULT", "Step.THROTTLING"}, IntervalSeconds: 10, BackoffRate: 2, MaxAttempts: 5},
		{
			ExceptionType:   []string{"SageMaker.JOB_INTERNAL_ERROR", "SageMaker.CAPACITY_ERROR", "SageMaker.RESOURCE_LIMIT"},
			IntervalSeconds: 60, BackoffRate: 2, ExpireAfterMin: 60,
		},
	}
}

type propertyFile struct {
	PropertyFileName string `json:"PropertyFileName"`
	OutputName       string `json:"OutputName"`
	FilePath         string `json:"FilePath"`
}

// processing is the request that makes a Processing job. A value that only a run
// knows is a reference.
type processing struct {
	ProcessingResources    resources      `json:"ProcessingResources"`
	AppSpecification       application    `json:"AppSpecification"`
	RoleArn                string         `json:"RoleArn"`
	ProcessingInputs       []input        `json:"ProcessingInputs,omitempty"`
	ProcessingOutputConfig *outputs       `json:"ProcessingOutputConfig,omitempty"`
	StoppingCondition      stopping       `json:"StoppingCondition"`
	Environment            map[string]any `json:"Environment"` // encoded in the order of its keys
}

type resources struct {
	ClusterConfig cluster `json:"ClusterConfig"`
}

type cluster struct {
	InstanceType   string `json:"InstanceType"`
	InstanceCount  int    `json:"InstanceCount"`
	VolumeSizeInGB int    `json:"VolumeSizeInGB"`
}

type application struct {
	ImageURI            string   `json:"ImageUri"`
	ContainerEntrypoint []string `json:"ContainerEntrypoint"`
}

type input struct {
	InputName  string  `json:"InputName"`
	AppManaged bool    `json:"AppManaged"`
	S3Input    s3Input `json:"S3Input"`
}

type s3Input struct {
	S3URI                  any    `json:"S3Uri"`
	LocalPath              string `json:"LocalPath"`
	S3DataType             string `json:"S3DataType"`
	S3InputMode            string `json:"S3InputMode"`
	S3DataDistributionType string `json:"S3DataDistributionType"`
	S3CompressionType      string `json:"S3CompressionType"`
}

type outputs struct {
	Outputs []output `json:"Outputs"`
}

type output struct {
	OutputName string   `json:"OutputName"`
	AppManaged bool     `json:"AppManaged"`
	S3Output   s3Output `json:"S3Output"`
}

type s3Output struct {
	S3URI        any    `json:"S3Uri"`
	LocalPath    string `json:"LocalPath"`
	S3UploadMode string `json:"S3UploadMode"`
}

// training is the request that makes a Training job.
type training struct {
	AlgorithmSpecification algorithm      `json:"AlgorithmSpecification"`
	RoleArn                string         `json:"RoleArn"`
	InputDataConfig        []channel      `json:"InputDataConfig"`
	OutputDataConfig       artifacts      `json:"OutputDataConfig"`
	ResourceConfig         cluster        `json:"ResourceConfig"`
	StoppingCondition      stopping       `json:"StoppingCondition"`
	Environment            map[string]any `json:"Environment"`
}

type algorithm struct {
	TrainingImage       string             `json:"TrainingImage"`
	TrainingInputMode   string             `json:"TrainingInputMode"`
	ContainerEntrypoint []string           `json:"ContainerEntrypoint"`
	MetricDefinitions   []metricDefinition `json:"MetricDefinitions,omitempty"`
}

// metricDefinition finds a metric in the lines of the log.
type metricDefinition struct {
	Name  string `json:"Name"`
	Regex string `json:"Regex"`
}

type channel struct {
	ChannelName     string     `json:"ChannelName"`
	DataSource      dataSource `json:"DataSource"`
	CompressionType string     `json:"CompressionType"`
}

type dataSource struct {
	S3DataSource s3Source `json:"S3DataSource"`
}

type s3Source struct {
	S3DataType             string `json:"S3DataType"`
	S3URI                  any    `json:"S3Uri"`
	S3DataDistributionType string `json:"S3DataDistributionType"`
}

type artifacts struct {
	S3OutputPath any `json:"S3OutputPath"`
}

type stopping struct {
	MaxRuntimeInSeconds int `json:"MaxRuntimeInSeconds"`
}

type condition struct {
	Conditions []comparison   `json:"Conditions"` // all of them must hold
	IfSteps    []pipelineStep `json:"IfSteps"`
	ElseSteps  []pipelineStep `json:"ElseSteps"`
}

type comparison struct {
	Type       string  `json:"Type"`
	LeftValue  jsonGet `json:"LeftValue"`
	RightValue float64 `json:"RightValue"`
}

type failure struct {
	ErrorMessage string `json:"ErrorMessage"`
}

// reference stands for a value that only a run knows.
type reference struct {
	Get string `json:"Get"`
}

func get(path string) reference { return reference{path} }

// join puts values together.
type join struct {
	Join struct {
		On     string `json:"On"`
		Values []any  `json:"Values"`
	} `json:"Std:Join"`
}

func joined(on string, values ...any) join {
	var j join
	j.Join.On, j.Join.Values = on, values
	return j
}

// jsonGet is a number in a property file.
type jsonGet struct {
	Get struct {
		PropertyFile reference `json:"PropertyFile"`
		Path         string    `json:"Path"`
	} `json:"Std:JsonGet"`
}

func numberAt(file, path string) jsonGet {
	var g jsonGet
	g.Get.PropertyFile, g.Get.Path = get(file), path
	return g
}
